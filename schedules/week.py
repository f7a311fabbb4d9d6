"""The coming week as a grid of hours: how much fires, and where it would have to wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

from dashboard.templatetags.ui import duration
from schedules.models import Hour

DAYS = 7
HOURS = DAYS * 24 + 25
"""Of today, and of the six days after it, one of which may have 25."""
LEVELS = 4
LONG_WAIT = timedelta(minutes=10)
WORST = 5
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Cell:
    """An hour of a day, by its clock; `begin` is in UTC. Both of them where the clock shows it
    twice; None of a day that is over, or where the clock skips it."""

    label: str
    begin: datetime | None
    hour: Hour | None = None
    level: int = 0
    """From 1, a few fires, to LEVELS, as many as in the fullest hour of the week."""
    is_chosen: bool = False

    @property
    def is_crowded(self) -> bool:
        return self.hour is not None and is_crowded(self.hour)

    @property
    def short(self) -> str:
        """The number of fires in four characters."""
        fires = self.hour.fires if self.hour else 0
        return str(fires) if fires < 1000 else f"{fires / 1000:.1f}k"

    @property
    def words(self) -> str:
        hour = self.hour
        if hour is None:
            return f"{self.label}: nothing fires"
        told = f"{self.label}: {hour.fires:,} fire{'' if hour.fires == 1 else 's'}"
        if hour.at_once > 1:
            told += f", {hour.at_once:,} in one minute"
        if hour.wait_seconds:
            told += f", the last would wait {duration(hour.wait)}"
        return f"{told}, {hour.dropped:,} would be dropped" if hour.dropped else told


@dataclass(frozen=True)
class Day:
    name: str
    cells: list[Cell]


def shown_in(viewer: ZoneInfo, now: datetime) -> ZoneInfo:
    """The viewer's zone; UTC where its hours do not begin with those of UTC, as in India."""
    offset = now.astimezone(viewer).utcoffset() or timedelta(0)
    return ZoneInfo("UTC") if offset % HOUR else viewer


def same_by_clock(begin: datetime, zone: ZoneInfo) -> list[datetime]:
    """That hour, and the one after it where the clock then shows it a second time."""
    following = begin + HOUR
    is_same = following.astimezone(zone).hour == begin.astimezone(zone).hour
    return [begin, following] if is_same else [begin]


def is_crowded(hour: Hour) -> bool:
    """Some of what fires would not begin in time."""
    return hour.wait >= LONG_WAIT or hour.dropped > 0


def worst(hours: Iterable[Hour]) -> list[Hour]:
    """The hours in which one would wait longest, in order of time."""
    crowded = sorted(filter(is_crowded, hours), key=lambda hour: (-hour.wait_seconds, hour.begin))
    return sorted(crowded[:WORST], key=lambda hour: hour.begin)


def week(
    hours: Sequence[Hour], zone: ZoneInfo, now: datetime, chosen: datetime | None
) -> list[Day]:
    """Today and the six days after it."""
    by_clock: dict[tuple[date, int], list[datetime]] = {}
    this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for number in range(HOURS):
        begin = this + number * HOUR
        local = begin.astimezone(zone)
        by_clock.setdefault((local.date(), local.hour), []).append(begin)
    known = {hour.begin: hour for hour in hours}
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=number) for number in range(DAYS)]
    places = [(day, clock) for day in days for clock in range(24)]
    merged = {
        place: _merged([known[begin] for begin in by_clock.get(place, ()) if begin in known])
        for place in places
    }
    most = max((hour.fires for hour in merged.values() if hour), default=1)

    def cell(day: date, clock: int) -> Cell:
        begins, hour = by_clock.get((day, clock), []), merged[day, clock]
        label = f"{day:%a %-d %b} {clock:02}:00"
        level = -(-LEVELS * hour.fires // most) if hour else 0
        return Cell(label, begins[0] if begins else None, hour, level, chosen in begins)

    return [Day(f"{day:%a %-d}", [cell(day, clock) for clock in range(24)]) for day in days]


def _merged(hours: Sequence[Hour]) -> Hour | None:
    """What the clock shows twice, as one."""
    return reduce(_both, hours) if hours else None


def _both(one: Hour, other: Hour) -> Hour:
    return Hour(
        begin=one.begin,
        fires=one.fires + other.fires,
        at_once=max(one.at_once, other.at_once),
        busiest=one.busiest,
        wait_seconds=max(one.wait_seconds, other.wait_seconds),
        dropped=one.dropped + other.dropped,
    )
