"""Writes the fires to come ahead of time, and writes them anew where a schedule was changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import batched, islice, takewhile
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce

from dashboard.rows import execute, fields
from runs.mirror.writing import writing
from schedules import cron
from schedules.ledger.causes import CANCELED
from schedules.models import Fire, Horizon, Pause, Schedule, ScheduleQuerySet
from schedules.pausing import noting
from schedules.pausing.noting import moment_of
from schedules.timing import Timing

AGAIN = timedelta(hours=6)
"""So much may pass before more is written: one statement then serves for many fires."""
AHEAD = timedelta(hours=26) + AGAIN
"""A day at least, however long it is."""
BATCH = 500
MOST = 400
"""Fires of one schedule within AHEAD: a few more than one each five minutes."""
HISTORY = timedelta(days=30)
CHANGED_AT = Coalesce("deleted_at", "modified_at", "changed_at")
NEVER = ""
"""What the fires are reckoned from where there will be none: deleted or canceled."""
MOST_BEFORE = 500
"""Fires of one schedule, and how long ago, that are worked out afterwards at first sight of it."""
WRITTEN = 2000
"""Fires in one statement."""
_written = fields(Fire, "schedule", "due_at", "is_backfilled")
_EXPECT = """
    WITH told (schedule_id, due_at, is_backfilled) AS ({told})
    INSERT INTO schedules_fire (schedule_id, due_at, is_backfilled, state, cause, outcome)
    SELECT schedule_id, due_at, is_backfilled, 'due', '', '' FROM told WHERE true
    ON CONFLICT DO NOTHING
"""
_SCHEDULES = Schedule.objects.defer("raw", "parameters", "description").order_by()


class _Expected(NamedTuple):
    due_at: datetime
    schedule_id: str
    is_backfilled: bool = False


def look_ahead(now: datetime, since: datetime | None = None) -> int:
    """Write what is to come until AHEAD of `now`; how many schedules it had not seen before.

    `since`: what the mirror changed earlier has been looked at, and lately whether fires run out;
    None if that is not known.
    """
    new = 0
    if since and not Schedule.objects.filter(changed_at__gte=since).exists():
        return new
    outdated = [_changed(since)] if since else [_running_out(now), _changed()]
    for found in outdated:
        while found.exists():
            with writing("ledger"):  # read only here: whoever pauses one meanwhile waits
                new += _bring_up(list(found.all()[:BATCH]), now)
    return new


def _running_out(now: datetime) -> ScheduleQuerySet:
    """Those with too few fires written ahead."""
    return _SCHEDULES.filter(deleted_at=None, horizon__until__lt=now + AHEAD - AGAIN)


def _changed(since: datetime | None = None) -> ScheduleQuerySet:
    """Those that are new, or that were changed after their fires were written."""
    is_new = Q(deleted_at=None, horizon=None)
    was_changed = Q(horizon__isnull=False) & ~Q(horizon__changed_at=CHANGED_AT)
    found = _SCHEDULES.filter(is_new | was_changed)
    return found if since is None else found.filter(changed_at__gte=since)


def _bring_up(schedules: Sequence[Schedule], now: datetime) -> int:
    ids = [one.pk for one in schedules]
    known = Horizon.objects.select_for_update().in_bulk(ids)
    open_pauses = Pause.objects.filter(schedule__in=ids, end=None)
    paused = set(open_pauses.values_list("schedule_id", flat=True))
    fires: list[_Expected] = []
    horizons = []
    for schedule in schedules:
        moment = moment_of(schedule, now)
        if schedule.deleted_at is not None:
            noting.end(schedule, moment)
        elif schedule.enabled == (schedule.pk in paused):
            noting.observed(schedule, moment)
        horizon = known.get(schedule.pk)
        if horizon:
            _turn(horizon, schedule, now)
        else:
            horizon = _begun(schedule, now)
            fires += _before_that(horizon, schedule, now)
        if horizon.timing != NEVER:
            times = _times(Timing.of(schedule), horizon.until, now + AHEAD)
            fires += [_Expected(at, schedule.pk) for at in times]
        horizon.until = now + AHEAD
        horizon.changed_at = _changed_at(schedule)
        horizons.append(horizon)
    # Those that are settled together then lie together, or each would be a page to write.
    _expect(sorted(fires))
    Horizon.objects.bulk_create(
        horizons,
        update_conflicts=True,
        unique_fields=["schedule"],
        update_fields=["timing", "changed_at", "until"],
    )
    return len(schedules) - len(known)


def _expect(fires: Iterable[_Expected]) -> None:
    """Write those that are not there yet. A model of each takes longer than all the rest."""
    with connection.cursor() as cursor:
        for some in batched(fires, WRITTEN):
            rows = [(fire.schedule_id, fire.due_at, fire.is_backfilled) for fire in some]
            execute(cursor, _EXPECT, _written, rows)


def _begun(schedule: Schedule, now: datetime) -> Horizon:
    return Horizon(
        schedule_id=schedule.pk,
        timing=_told(schedule),
        changed_at=_changed_at(schedule),
        since=now,
        until=now,
    )


def _before_that(horizon: Horizon, schedule: Schedule, now: datetime) -> list[_Expected]:
    """The fires since its last change, for which nobody has kept a ledger; it then begins there."""
    if not schedule.enabled or horizon.timing == NEVER:
        return []
    since = max(_began(schedule, now), now - HISTORY)
    times = deque(
        takewhile(lambda at: at <= now, _all_times(Timing.of(schedule), since)), MOST_BEFORE
    )
    horizon.since = times[0] if len(times) == MOST_BEFORE else since
    return [_Expected(at, schedule.pk, is_backfilled=True) for at in times]


def _turn(horizon: Horizon, schedule: Schedule, now: datetime) -> None:
    """What was written for after a change goes, and is written anew."""
    moment, timing = moment_of(schedule, now), _told(schedule)
    if horizon.timing != timing:
        _forget(schedule, moment)
        horizon.until = min(horizon.until, max(moment, horizon.since))
        horizon.timing = timing


def _forget(schedule: Schedule, moment: datetime) -> None:
    Fire.objects.open().filter(schedule=schedule, due_at__gt=moment).delete()


def _changed_at(schedule: Schedule) -> datetime:
    """As CHANGED_AT. The time of its next fire moves without that."""
    return schedule.deleted_at or schedule.modified_at or schedule.changed_at


def _began(schedule: Schedule, now: datetime) -> datetime:
    """Since when its fires are expected: that of a one-time schedule changes it as well."""
    if schedule.kind == Schedule.Kind.ONCE and schedule.created_at is not None:
        return schedule.created_at
    return moment_of(schedule, now)


def _told(schedule: Schedule) -> str:
    is_over = schedule.deleted_at is not None or schedule.dispatch_status == CANCELED
    return NEVER if is_over else repr(Timing.of(schedule))


@lru_cache(maxsize=4096)
def _times(timing: Timing, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Those after the one and up to the other. Kept, as many schedules have the same times."""
    return tuple(islice(takewhile(lambda at: at <= until, _all_times(timing, after)), MOST))


def _all_times(timing: Timing, after: datetime) -> Iterator[datetime]:
    """None where they cannot be told."""
    if timing.kind == Schedule.Kind.INTERVAL and timing.first_fire_at is None:
        return iter(())  # nobody has said what its intervals are counted from
    try:
        return timing.times(after)
    except (cron.CronError, cron.ZoneError):
        return iter(())
