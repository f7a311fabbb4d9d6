"""The coming seven days as strips of 24 hours by the clocks of the schedule's zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from schedules import cron
from schedules.cron.walk import walk
from schedules.models import Schedule
from schedules.timing import Timing

DAYS = 7
MINUTES = 5
"""Of one step along a strip: no two fires lie closer."""
MOST = 2100
"""Fires looked at; seven days have 2,016 at the quickest pace there is."""


@dataclass(frozen=True)
class Day:
    """`path` draws the fires in a box 288 wide, one wide for five minutes, as strokes."""

    day: date
    path: str
    fires: int

    @property
    def words(self) -> str:
        return f"{self.fires} fire{'' if self.fires == 1 else 's'}"


def week(timing: Timing, now: datetime) -> list[Day]:
    """From today on; what has fired today already is not in it."""
    zone = cron.load_zone(timing.zone_name)
    today = now.astimezone(zone).date()
    end = today + timedelta(days=DAYS)
    found = takewhile(lambda local: local.date() < end, _local_times(timing, zone, now))
    steps: dict[date, list[int]] = {today + timedelta(days=n): [] for n in range(DAYS)}
    for local in islice(found, MOST):
        steps[local.date()].append((local.hour * 60 + local.minute) // MINUTES)
    return [Day(day, _path(sorted(set(at))), len(at)) for day, at in steps.items()]


def _local_times(timing: Timing, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """While the clocks do not change, each time of the pattern is a fire, and is found sooner."""
    around = timedelta(days=1)
    changes = cron.changes(zone, now - around, now + timedelta(days=DAYS) + around)
    if timing.kind == Schedule.Kind.CRON and not any(changes):
        local = now.astimezone(zone).replace(tzinfo=None)
        return walk(cron.parse(timing.expression), local + timedelta.resolution)
    return (at.astimezone(zone) for at in timing.times(now))


def _path(steps: list[int]) -> str:
    """Neighbours make one stroke; one alone is a little wider, so as to be seen."""
    strokes: list[tuple[int, int]] = []
    for step in steps:
        if strokes and sum(strokes[-1]) == step:
            strokes[-1] = (strokes[-1][0], strokes[-1][1] + 1)
        else:
            strokes.append((step, 1))
    return "".join(f"M{start} 5h{width if width > 1 else 1.5}" for start, width in strokes)
