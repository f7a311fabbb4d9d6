"""Patterns as a person builds them, and the cron expressions that say the same."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from schedules.cron.expression import Cron, CronError, parse
from schedules.cron.walk import LAST, Reading, read

MINUTE_STEPS = (5, 6, 10, 12, 15, 20, 30)
"""Those that are even around the hour; under five minutes the server refuses."""
HOUR_STEPS = (1, 2, 3, 4, 6, 8, 12)
WORKING_DAYS = frozenset(range(1, 6))
PLACES = ("1", "2", "3", "4", "5", LAST)


class Rhythm(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    LAST_DAY = "last"
    NTH = "nth"


@dataclass(frozen=True)
class Plan:
    """One pattern that the builder can say; only the parts of its rhythm count.

    Weekdays count from Sunday, 0.
    """

    rhythm: Rhythm
    step: int = 0
    """Minutes or hours."""
    minute: int = 0
    """Of each hour, where it fires every few hours."""
    at: time = time(0)
    days: frozenset[int] = frozenset()
    day: int = 1
    place: str = "1"
    weekday: int = 1

    @property
    def expression(self) -> str:
        if self.rhythm == Rhythm.MINUTES:
            return f"*/{self.step} * * * *"
        if self.rhythm == Rhythm.HOURS:
            return f"{self.minute} {'*' if self.step == 1 else f'*/{self.step}'} * * *"
        return f"{self.at.minute} {self.at.hour} {self._days}"

    @property
    def _days(self) -> str:
        """The last three fields."""
        last = self.place == LAST
        return {
            Rhythm.DAILY: "* * *",
            Rhythm.WEEKDAYS: "* * 1-5",
            Rhythm.WEEKLY: f"* * {','.join(map(str, sorted(self.days)))}",
            Rhythm.MONTHLY: f"{self.day} * *",
            Rhythm.LAST_DAY: "L * *",
            Rhythm.NTH: f"* * L{self.weekday}" if last else f"* * {self.weekday}#{self.place}",
        }[self.rhythm]


def plan_of(expression: str) -> Plan | None:
    """The plan that fires exactly as the expression does; None where the builder has none."""
    try:
        cron = parse(expression)
    except CronError:
        return None
    reading = read(cron)
    if "*" not in reading.months or reading.either:
        return None
    if len(reading.times) > 1:
        return _within_the_day(reading)
    return _once_a_day(cron, reading)


def _within_the_day(reading: Reading) -> Plan | None:
    if not ({"*"} == reading.days == reading.weekdays) or reading.nth:
        return None
    minutes = sorted({at.minute for at in reading.times})
    hours = sorted({at.hour for at in reading.times})
    if len(hours) == 24 and (step := _step(minutes, 60)) in MINUTE_STEPS:
        return Plan(Rhythm.MINUTES, step=step)
    if len(minutes) == 1 and (step := _step(hours, 24)) in HOUR_STEPS:
        return Plan(Rhythm.HOURS, step=step, minute=minutes[0])
    return None


def _step(values: list[int], length: int) -> int:
    """The step at which they go round from 0 on, or 0."""
    step = length // len(values)
    return step if values == list(range(0, length, step)) else 0


def _once_a_day(cron: Cron, reading: Reading) -> Plan | None:
    [at] = reading.times
    if reading.nth:
        return _nth(reading, at)
    if "*" not in reading.weekdays:
        days = frozenset(int(day) for day in reading.weekdays)
        ranged = days == WORKING_DAYS and "," not in cron.weekday
        return Plan(Rhythm.WEEKDAYS, at=at) if ranged else Plan(Rhythm.WEEKLY, at=at, days=days)
    if "*" in reading.days:
        return Plan(Rhythm.DAILY, at=at)
    if len(reading.days) > 1:
        return None
    [day] = reading.days
    monthly = day != LAST
    return Plan(Rhythm.MONTHLY, at=at, day=int(day)) if monthly else Plan(Rhythm.LAST_DAY, at=at)


def _nth(reading: Reading, at: time) -> Plan | None:
    if "*" not in reading.days or len(reading.nth) > 1:
        return None
    [(weekday, places)] = reading.nth
    if len(places) > 1 or reading.weekdays - {weekday}:
        return None
    [place] = places
    return Plan(Rhythm.NTH, at=at, place=str(place), weekday=weekday)
