"""The next fires before and after an edit, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedules import cron
from schedules.moments import moment
from schedules.timing import Timing

SHOWN = 10
A_LITTLE = timedelta(microseconds=1)


@dataclass(frozen=True)
class Fire:
    at: datetime
    words: str
    """In the schedule's zone."""
    both: bool
    """It fires then before and after the edit."""


@dataclass(frozen=True)
class Comparison:
    """Empty lists where it does not fire, as while it is paused."""

    before: list[Fire]
    after: list[Fire]

    @property
    def removed(self) -> int:
        return sum(not fire.both for fire in self.before)

    @property
    def added(self) -> int:
        return sum(not fire.both for fire in self.after)


def compared(before: Timing | None, after: Timing | None, now: datetime) -> Comparison:
    """The next ten of each; None for one that is paused."""
    was, will = _anchored(before, now), _anchored(after, now)
    return Comparison(_fires(was, will, now), _fires(will, was, now))


def _fires(timing: Timing | None, other: Timing | None, now: datetime) -> list[Fire]:
    try:
        found = timing.fires(now, SHOWN) if timing else []
    except (cron.CronError, cron.ZoneError):  # only of one that was made elsewhere
        return []
    return [Fire(fire.at, moment(fire.local), _fires_at(other, fire.at)) for fire in found]


def _fires_at(timing: Timing | None, at: datetime) -> bool:
    try:
        return timing is not None and next(timing.times(at - A_LITTLE), None) == at
    except (cron.CronError, cron.ZoneError):
        return False


def _anchored(timing: Timing | None, now: datetime) -> Timing | None:
    """An interval that nobody has given a first fire is counted from the moment it is saved."""
    if timing is None or not timing.interval_seconds or timing.first_fire_at:
        return timing
    step = timedelta(seconds=timing.interval_seconds)
    return replace(timing, first_fire_at=now + step)
