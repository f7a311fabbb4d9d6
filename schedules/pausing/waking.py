"""Resumes the schedules whose pause was to last until now: once, and again where that fails."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard import leases
from dashboard.audit import record
from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.models import Activity, Revision
from dashboard.skyvern import errors, schema
from runs.mirror.writing import writing
from schedules import mirror
from schedules.models import Pause, Schedule
from schedules.pausing import noting

MOST = 50
"""In one tick."""
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (15, 30, 60, 2 * 60, 5 * 60, 15 * 60, 30 * 60)
)
"""After each try that came to nothing; the last one again and again."""
ABSURD = 2 * WAITS[-1]
"""A wait that ends later than this was written under a clock that has jumped since."""


def due(now: datetime) -> QuerySet[Pause]:
    """Those that are to end, the schedule being paused as far as the mirror knows."""
    free = leases.free(now, ABSURD, "try_at")
    here = Q(schedule__enabled=False, schedule__deleted_at=None)
    found = Pause.objects.filter(free, here, end=None, resume_at__lte=now)
    return found.select_related("schedule", "until_by").order_by("resume_at")


def wake(lease: Lease) -> None:
    """Resume what is due. `errors.Unavailable`: Skyvern is away; the rest waits for it too."""
    for pause in due(timezone.now())[:MOST]:
        try:
            _resume(lease, pause)
        except errors.SkyvernError as error:
            _failed(pause, error)
            if isinstance(error, errors.Unavailable):
                raise


def _resume(lease: Lease, pause: Pause) -> None:
    """Whoever resumed or deleted it meanwhile is not done anything over."""
    schedule = pause.schedule
    try:
        found = lease.call(connect().schedule, schedule.workflow_id, schedule.pk)
    except errors.NotFound:
        with writing("ledger"):
            mirror.mark_deleted([schedule.pk], timezone.now())
            noting.end(schedule, timezone.now())
        return
    if not found.schedule.enabled:
        asked = Pause.objects.filter(pk=pause.pk, end=None, resume_at=pause.resume_at)
        if not asked.update(in_flight=True):
            return  # it is to last longer now
        found = _enable(lease, pause)
    with writing("ledger"):
        _note(found)


def _enable(lease: Lease, pause: Pause) -> schema.ScheduleDetail:
    schedule = pause.schedule
    try:
        return lease.call(connect().enable_schedule, schedule.workflow_id, schedule.pk)
    except errors.Unknown:
        raise
    except errors.SkyvernError:
        Pause.objects.filter(pk=pause.pk).update(in_flight=False)
        raise


def _note(found: schema.ScheduleDetail) -> None:
    following = min(found.next_runs, default=None)
    schedule = mirror.save_schedule(found.schedule, next_run=following, seen_at=timezone.now())
    if schedule.enabled:
        noting.observed(schedule, noting.moment_of(schedule, timezone.now()))


def _failed(pause: Pause, error: errors.SkyvernError) -> None:
    """Only the first failure goes into the log: the page of the schedule says how it goes on."""
    is_unknown = isinstance(error, errors.Unknown)
    wait = WAITS[min(pause.tries, len(WAITS) - 1)]
    asked = timedelta(seconds=error.retry_after or 0)
    changes = {
        "tries": pause.tries + 1,
        "try_at": timezone.now() + min(max(wait, asked), WAITS[-1]),
        "error": error.message,
    }
    with writing("ledger"):
        open_one = Pause.objects.filter(pk=pause.pk, end=None, tries=pause.tries)
        if not open_one.update(**changes):
            return
        Revision.bump("ledger")
        if not pause.tries:
            result = Activity.Result.UNKNOWN if is_unknown else Activity.Result.REJECTED
            schedule: Schedule = pause.schedule
            by = noting.on_behalf(pause)
            record(by, "resumed", schedule, result=result, detail=error.message)
