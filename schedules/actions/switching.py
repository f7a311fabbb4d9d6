"""Pausing and resuming, with whose pause it is and why; calling a one-time schedule off."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.models import Revision
from dashboard.skyvern import errors, schema
from runs.actions.claim import refusals_recorded
from runs.mirror.writing import writing
from schedules import mirror
from schedules.models import Bulk, Pause, PauseIntent, Schedule
from schedules.pausing import noting, vital


def mirrored(answer: schema.ScheduleDetail) -> Schedule:
    following = answer.next_runs[0] if answer.next_runs and answer.schedule.enabled else None
    return mirror.save_schedule(answer.schedule, next_run=following, seen_at=timezone.now())


def ask_twice(schedule: Schedule, *, knows_vital: bool) -> None:
    """Rejected where a vital schedule would be stopped by somebody who does not know that it is."""
    mark = None if knows_vital else vital.mark_of(schedule)
    if mark is not None:
        raise errors.Rejected(
            f"It is vital, and {mark.owner_name} answers for it: "
            "pause or delete it on its own page, where that is asked."
        )


def pause(
    schedule: Schedule,
    *,
    reason: str,
    actor: Actor,
    resume_at: datetime | None = None,
    knows_vital: bool = False,
    bulk: Bulk | None = None,
) -> Schedule:
    """Pause it until somebody resumes it, or until `resume_at`, when it is resumed by itself.

    The reason is written before Skyvern is asked, and stays with the pause whoever sees it first,
    the refresh or this call. `errors.Unknown`: it may be paused; then the reason waits for that.
    Rejected for a one-time schedule, which can only be canceled, and for a vital one unless the
    person knows that it is.
    """
    with refusals_recorded(actor, "paused", schedule):
        ask_twice(schedule, knows_vital=knows_vital)
        intent = _intend(schedule, reason, resume_at, actor, bulk)
        try:
            answer = connect().disable_schedule(schedule.workflow_id, schedule.pk)
        except errors.Unknown:
            raise
        except errors.SkyvernError:
            intent.delete()
            raise
    with writing("ledger"):
        paused = mirrored(answer)
        noting.begin(paused, noting.moment_of(paused, timezone.now()))
    return paused


def _intend(
    schedule: Schedule,
    reason: str,
    resume_at: datetime | None,
    actor: Actor,
    bulk: Bulk | None,
) -> PauseIntent:
    """A pause that was ended elsewhere, and is not noted so yet, would be taken for this one."""
    with writing("ledger"):
        goes_on = Schedule.objects.filter(pk=schedule.pk, enabled=True).first()
        if goes_on:
            noting.end(goes_on, noting.moment_of(goes_on, timezone.now()))
        return PauseIntent.objects.create(
            schedule=schedule,
            reason=reason,
            resume_at=resume_at,
            user=actor.user,
            by=actor.name,
            address=actor.address,
            bulk=bulk,
        )


def resume(schedule: Schedule, *, actor: Actor) -> Schedule:
    """Let it fire again; what was due meanwhile does not: see `make_up`."""
    with refusals_recorded(actor, "resumed", schedule):
        answer = connect().enable_schedule(schedule.workflow_id, schedule.pk)
    with writing("ledger"):
        resumed = mirrored(answer)
        noting.end(resumed, noting.moment_of(resumed, timezone.now()))
        record(actor, "resumed", resumed)
    return resumed


def switched(schedule: Schedule, actor: Actor) -> None:
    """It may be made paused, or paused or resumed by an edit; within `writing("ledger")`."""
    moment = noting.moment_of(schedule, timezone.now())
    if schedule.enabled:
        noting.end(schedule, moment)
        return
    pause = noting.begin(schedule, moment)
    if not pause.by:
        Pause.objects.filter(pk=pause.pk).update(by=actor.name, paused_by=actor.user)


def change_pause(pause: Pause, *, reason: str, resume_at: datetime | None, actor: Actor) -> bool:
    """Another reason or another end, while it goes on; False if there was nothing to change."""
    schedule = pause.schedule
    with writing("ledger"):
        open_one = Pause.objects.filter(pk=pause.pk, end=None).first()
        if open_one is None:
            raise errors.Rejected("It was resumed meanwhile, so there is no pause to change.")
        if (open_one.reason, open_one.resume_at) == (reason, resume_at):
            return False
        if open_one.resume_at != resume_at:
            open_one.resume_at, open_one.until_by = resume_at, actor.user
            open_one.tries, open_one.try_at, open_one.error = 0, None, ""
        open_one.reason = reason
        open_one.save()
        record(actor, "changed the pause of", schedule, detail=noting.said(open_one, schedule))
        Revision.bump("ledger")
    return True


def cancel(schedule: Schedule, *, actor: Actor, knows_vital: bool = False) -> Schedule:
    """Call a one-time schedule off before it fires; it stays as a record."""
    with refusals_recorded(actor, "canceled", schedule):
        ask_twice(schedule, knows_vital=knows_vital)
        answer = connect().cancel_schedule(schedule.workflow_id, schedule.pk)
    with writing("ledger"):
        canceled = mirrored(answer)
        record(actor, "canceled", canceled, detail=vital.who_is_told(canceled))
        vital.tell(canceled, "canceled", actor.name, "canceled")
    return canceled
