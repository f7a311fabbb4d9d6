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
from schedules.ledger.causes import CANCELED
from schedules.models import Fire, Horizon, Pause, Schedule
from schedules.timing import Timing

AHEAD = timedelta(hours=26)
"""A day, however long it is."""
AGAIN = timedelta(hours=1)
"""So much of it may pass before more is written: one statement then serves for many fires."""
BATCH = 500
MOST = 400
"""Fires of one schedule within AHEAD: a few more than one each five minutes."""
HISTORY = timedelta(days=30)
NEVER = ""
"""What the fires are reckoned from where there will be none: deleted or canceled."""
MOST_BEFORE = 500
"""Fires of one schedule, and how long ago, that are worked out afterwards at first sight of it."""


def look_ahead(now: datetime) -> int:
    """Write what is to come until AHEAD of `now`; how many schedules there was something of."""
    looked = 0
    while found := _outdated(now):
        with writing("ledger"):
            _bring_up(found, now)
        looked += len(found)
    return looked


def _outdated(now: datetime) -> list[Schedule]:
    present = Q(deleted_at=None)
    is_new = present & Q(horizon=None)
    runs_out = present & Q(horizon__until__lt=now + AHEAD - AGAIN)
    was_changed = ~Q(horizon__changed_at=F("changed_at")) & Q(horizon__isnull=False)
    found = Schedule.objects.filter(is_new | runs_out | was_changed)
    return list(found.defer("raw", "parameters", "description").order_by("pk")[:BATCH])


def _bring_up(schedules: Sequence[Schedule], now: datetime) -> None:
    known = Horizon.objects.select_for_update().in_bulk([one.pk for one in schedules])
    fires, horizons = [], []
    for schedule in schedules:
        horizon = known.get(schedule.pk)
        if horizon:
            _turn(horizon, schedule, now)
        else:
            horizon = _begun(schedule, now)
            fires += _before_that(horizon, schedule, now)
        if horizon.timing != NEVER:
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
        update_fields=["timing", "was_enabled", "changed_at", "until"],
    )


def _begun(schedule: Schedule, now: datetime) -> Horizon:
    if not schedule.enabled:
        _note_pause(schedule, _moment(schedule, now))
    return Horizon(
        schedule_id=schedule.pk,
        timing=_told(schedule),
        was_enabled=schedule.enabled,
        since=now,
        until=now,
    )


def _before_that(horizon: Horizon, schedule: Schedule, now: datetime) -> list[Fire]:
    """The fires since its last change, for which nobody has kept a ledger; it then begins there."""
    if not schedule.enabled or horizon.timing == NEVER:
        return []
    since = max(_began(schedule, now), now - HISTORY)
    times = deque(
        takewhile(lambda at: at <= now, _all_times(Timing.of(schedule), since)), MOST_BEFORE
    )
    horizon.since = times[0] if len(times) == MOST_BEFORE else since
    return [Fire(schedule_id=schedule.pk, due_at=at, is_backfilled=True) for at in times]


def _turn(horizon: Horizon, schedule: Schedule, now: datetime) -> None:
    """What was written for after a change goes, and is written anew."""
    moment, timing = _moment(schedule, now), _told(schedule)
    if horizon.timing != timing:
        _forget(schedule, moment)
        horizon.until = min(horizon.until, max(moment, horizon.since))
        horizon.timing = timing
    if horizon.was_enabled != schedule.enabled:
        if schedule.enabled:
            Pause.objects.filter(schedule=schedule, end=None).update(end=moment)
        else:
            _note_pause(schedule, moment)
        horizon.was_enabled = schedule.enabled


def _note_pause(schedule: Schedule, moment: datetime) -> None:
    """Unless whoever paused it here has said so already, and why."""
    Pause.objects.get_or_create(schedule=schedule, end=None, defaults={"begin": moment})


def _forget(schedule: Schedule, moment: datetime) -> None:
    Fire.objects.open().filter(schedule=schedule, due_at__gt=moment).delete()


def _moment(schedule: Schedule, now: datetime) -> datetime:
    """When it was last changed, which is when the server began to go by the change."""
    return min(schedule.deleted_at or schedule.modified_at or now, now)


def _began(schedule: Schedule, now: datetime) -> datetime:
    """Since when its fires are expected: that of a one-time schedule changes it as well."""
    if schedule.kind == Schedule.Kind.ONCE and schedule.created_at is not None:
        return schedule.created_at
    return _moment(schedule, now)


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
