"""Writes the fires to come ahead of time, and writes them anew where a schedule was changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from django.db.models import F, Q

from runs.mirror.writing import writing
from schedules import cron
from schedules.models import Fire, Horizon, Pause, Schedule
from schedules.pausing import noting
from schedules.pausing.noting import moment_of
from schedules.timing import Timing

AHEAD = timedelta(hours=26)
"""A day, however long it is."""
AGAIN = timedelta(hours=1)
"""So much of it may pass before more is written: one statement then serves for many fires."""
BATCH = 500
MOST = 400
"""Fires of one schedule within AHEAD: a few more than one each five minutes."""
HISTORY = timedelta(days=30)
MOST_BEFORE = 500
"""Fires of one schedule, and how long ago, that are worked out afterwards at first sight of it."""


def look_ahead(now: datetime) -> int:
    """Write what is to come until AHEAD of `now`; how many schedules there was something of."""
    looked = 0
    while many := _look_on(now):
        looked += many
    return looked


def _look_on(now: datetime) -> int:
    with writing("ledger"):  # from the reading on: whoever pauses one meanwhile waits
        found = _outdated(now)
        _bring_up(found, now)
    return len(found)


def _outdated(now: datetime) -> list[Schedule]:
    present = Q(deleted_at=None)
    is_new = present & Q(horizon=None)
    runs_out = present & Q(horizon__until__lt=now + AHEAD - AGAIN)
    was_changed = ~Q(horizon__changed_at=F("changed_at")) & Q(horizon__isnull=False)
    found = Schedule.objects.filter(is_new | runs_out | was_changed)
    return list(found.defer("raw", "parameters", "description").order_by("pk")[:BATCH])


def _bring_up(schedules: Sequence[Schedule], now: datetime) -> None:
    ids = [one.pk for one in schedules]
    known = Horizon.objects.select_for_update().in_bulk(ids)
    open_pauses = Pause.objects.filter(schedule__in=ids, end=None)
    paused = set(open_pauses.values_list("schedule_id", flat=True))
    fires, horizons = [], []
    for schedule in schedules:
        horizon = known.get(schedule.pk)
        if schedule.deleted_at is not None:
            _forget(schedule, schedule.deleted_at)
            noting.end(schedule, schedule.deleted_at)
            Horizon.objects.filter(pk=schedule.pk).delete()
            continue
        if schedule.enabled == (schedule.pk in paused):
            noting.observed(schedule, moment_of(schedule, now))
        if horizon:
            _turn(horizon, schedule, now)
        else:
            horizon = _begun(schedule, now)
            fires += _before_that(horizon, schedule, now)
        times = _times(Timing.of(schedule), horizon.until, now + AHEAD)
        fires += [Fire(schedule_id=schedule.pk, due_at=at) for at in times]
        horizon.until = now + AHEAD
        horizon.changed_at = schedule.changed_at
        horizons.append(horizon)
    Fire.objects.bulk_create(fires, ignore_conflicts=True, batch_size=2000)
    Horizon.objects.bulk_create(
        horizons,
        update_conflicts=True,
        unique_fields=["schedule"],
        update_fields=["timing", "changed_at", "until"],
    )


def _begun(schedule: Schedule, now: datetime) -> Horizon:
    return Horizon(schedule_id=schedule.pk, timing=_told(schedule), since=now, until=now)


def _before_that(horizon: Horizon, schedule: Schedule, now: datetime) -> list[Fire]:
    """The fires since its last change, for which nobody has kept a ledger; it then begins there."""
    if not schedule.enabled:
        return []
    since = max(moment_of(schedule, now), now - HISTORY)
    times = deque(
        takewhile(lambda at: at <= now, _all_times(Timing.of(schedule), since)), MOST_BEFORE
    )
    horizon.since = times[0] if len(times) == MOST_BEFORE else since
    return [Fire(schedule_id=schedule.pk, due_at=at, is_backfilled=True) for at in times]


def _turn(horizon: Horizon, schedule: Schedule, now: datetime) -> None:
    """What was written for after a change goes, and is written anew."""
    moment, timing = moment_of(schedule, now), _told(schedule)
    if horizon.timing != timing:
        _forget(schedule, moment)
        horizon.until = min(horizon.until, max(moment, horizon.since))
        horizon.timing = timing


def _forget(schedule: Schedule, moment: datetime) -> None:
    Fire.objects.open().filter(schedule=schedule, due_at__gt=moment).delete()


def _told(schedule: Schedule) -> str:
    return repr(Timing.of(schedule))


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
