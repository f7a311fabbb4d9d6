"""The verbs that change schedules upstream.

Each one calls the API, mirrors the answer and writes the Activity row, also of what was refused;
then it raises the `SkyvernError` again.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import models
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.skyvern import errors, schema
from runs.models import Workflow
from schedules import mirror
from schedules.models import Schedule


@contextmanager
def _refusals_recorded(actor: Actor, verb: str, target: models.Model) -> Iterator[None]:
    try:
        yield
    except errors.Unknown as exc:
        record(actor, verb, target, result=Activity.Result.UNKNOWN, detail=exc.message)
        raise
    except errors.SkyvernError as exc:
        record(actor, verb, target, result=Activity.Result.REJECTED, detail=exc.message)
        raise


def _mirror(answer: schema.ScheduleDetail) -> Schedule:
    following = answer.next_runs[0] if answer.next_runs and answer.schedule.enabled else None
    return mirror.save_schedule(answer.schedule, next_run=following, seen_at=timezone.now())


def create(workflow: Workflow, request: schema.ScheduleRequest, *, actor: Actor) -> Schedule:
    with _refusals_recorded(actor, "scheduled", workflow):
        schedule = _mirror(connect().create_schedule(workflow.wpid, request))
    record(actor, "created", schedule)
    return schedule


def update(schedule: Schedule, request: schema.ScheduleRequest, *, actor: Actor) -> Schedule:
    """Replace it whole: what `request` does not hold is cleared upstream."""
    with _refusals_recorded(actor, "changed", schedule):
        changed = _mirror(
            connect().update_schedule(schedule.workflow_id, schedule.schedule_id, request)
        )
    record(actor, "changed", changed)
    return changed


def pause(schedule: Schedule, *, actor: Actor) -> Schedule:
    """Rejected for a one-time schedule: that can only be canceled."""
    with _refusals_recorded(actor, "paused", schedule):
        paused = _mirror(connect().disable_schedule(schedule.workflow_id, schedule.schedule_id))
    record(actor, "paused", paused)
    return paused


def resume(schedule: Schedule, *, actor: Actor) -> Schedule:
    with _refusals_recorded(actor, "resumed", schedule):
        resumed = _mirror(connect().enable_schedule(schedule.workflow_id, schedule.schedule_id))
    record(actor, "resumed", resumed)
    return resumed


def cancel(schedule: Schedule, *, actor: Actor) -> Schedule:
    """Call a one-time schedule off before it fires; it stays as a record."""
    with _refusals_recorded(actor, "canceled", schedule):
        canceled = _mirror(connect().cancel_schedule(schedule.workflow_id, schedule.schedule_id))
    record(actor, "canceled", canceled)
    return canceled


def delete(schedule: Schedule, *, actor: Actor) -> None:
    """Deleting what upstream no longer has succeeds: it is gone, as asked."""
    with _refusals_recorded(actor, "deleted", schedule), suppress(errors.NotFound):
        connect().delete_schedule(schedule.workflow_id, schedule.schedule_id)
    mirror.mark_deleted([schedule.schedule_id], timezone.now())
    record(actor, "deleted", schedule)
