"""Making schedules, changing what they are, deleting them."""

import hashlib
import json
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.skyvern import errors, schema
from runs.actions.claim import refusals_recorded
from runs.mirror.writing import writing
from runs.models import Workflow
from schedules import mirror
from schedules.actions.switching import ask_twice, mirrored, switched
from schedules.models import Schedule, Submission
from schedules.pausing import vital


class Conflict(errors.Rejected):
    """Someone else changed it meanwhile; `current` is what upstream has now. Nothing was sent."""

    def __init__(self, current: Schedule) -> None:
        super().__init__("It was changed by someone else while this form was open.")
        self.current = current


def create(
    workflow: Workflow, request: schema.ScheduleRequest, *, nonce: UUID, actor: Actor
) -> Schedule:
    """Make one schedule; the same nonce gives the one that was made and never POSTs again
    (Rejected if other values come with it).

    The claim is committed before the POST. A refusal gives the nonce free; `errors.Unknown`
    keeps it, for the schedule may be there.
    """
    digest = _digest(workflow, request)
    claim, mine = Submission.objects.get_or_create(nonce=nonce, defaults={"digest": digest})
    if not mine:
        return _made_before(claim, digest)
    try:
        with refusals_recorded(actor, "scheduled", workflow):
            answer = connect().create_schedule(workflow.wpid, request)
    except errors.Unknown:
        raise
    except errors.SkyvernError:
        claim.delete()
        raise
    with writing("ledger"):
        schedule = mirrored(answer)
        switched(schedule, actor)
        Submission.objects.filter(pk=nonce).update(schedule_id=schedule.pk)
        record(actor, "created", schedule)
    return schedule


def _digest(workflow: Workflow, request: schema.ScheduleRequest) -> str:
    sent = json.dumps([workflow.wpid, request.body()], sort_keys=True)
    return hashlib.sha256(sent.encode()).hexdigest()


def _made_before(claim: Submission, digest: str) -> Schedule:
    if claim.digest != digest:
        raise errors.Rejected(
            "This form was sent before, with other values. Send it again to make another schedule."
        )
    if schedule := Schedule.objects.filter(pk=claim.schedule_id).first():
        return schedule
    raise errors.Unknown(
        "This form was sent already, and the answer is not here yet. "
        "See whether the schedule is in the list before you send it again."
    )


def update(
    schedule: Schedule,
    request: schema.ScheduleRequest,
    *,
    actor: Actor,
    seen_version: datetime | None = None,
) -> Schedule:
    """Replace it whole: what `request` does not hold is cleared upstream.

    A vital one is not paused like this: that is Rejected.

    `seen_version` is the `modified_at` that the editor had before them; if upstream has another
    one now, nothing is sent and Conflict is raised. None: replace in any case.
    """
    wpid, schedule_id = schedule.workflow_id, schedule.schedule_id
    with refusals_recorded(actor, "changed", schedule):
        if schedule.enabled and request.enabled is False:
            ask_twice(schedule, knows_vital=False)
        if seen_version is not None:
            current = connect().schedule(wpid, schedule_id)
            if current.schedule.modified_at not in (None, seen_version):
                raise Conflict(mirrored(current))
        answer = connect().update_schedule(wpid, schedule_id, request)
    with writing("ledger"):
        changed = mirrored(answer)
        switched(changed, actor)
        record(actor, "changed", changed)
    return changed


def delete(schedule: Schedule, *, actor: Actor, knows_vital: bool = False) -> None:
    """Deleting what upstream no longer has succeeds: it is gone, as asked.

    Rejected for a vital one, unless the person knows that it is; its owner is then told.
    """
    with refusals_recorded(actor, "deleted", schedule):
        ask_twice(schedule, knows_vital=knows_vital)
        with suppress(errors.NotFound):
            connect().delete_schedule(schedule.workflow_id, schedule.schedule_id)
    with writing("ledger"):
        mirror.mark_deleted([schedule.schedule_id], timezone.now())
        record(actor, "deleted", schedule, detail=vital.who_is_told(schedule))
        vital.tell(schedule, "deleted", actor.name, "deleted")
