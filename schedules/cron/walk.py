"""The times of the wall clock that an expression names, one after the other.

Croniter reads the fields; the walk through the calendar is ours, because croniter 3.0.4 forgets
days: after 2 February its `get_next` of `0 0 1,31 * *` is 31 March, not the 1st.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import product

from croniter import croniter

from schedules.cron.expression import Cron

DAY = timedelta(days=1)
LONGEST_WAIT_YEARS = 50
"""Croniter's own bound: what does not come within it never fires."""
LAST = "l"


@dataclass(frozen=True)
class Reading:
    """The fields as croniter reads them. Weekdays count from Sunday, 0."""

    times: tuple[time, ...]
    days: frozenset[int | str]
    months: frozenset[int | str]
    weekdays: frozenset[int | str]
    nth: tuple[tuple[int, frozenset[int | str]], ...]
    """For `2#1` and `L2`: a weekday, and which ones of a month."""
    either: bool
    """A day of the month and a weekday are both given: one of them is enough."""

    @cached_property
    def rhythm(self) -> frozenset[int]:
        """Hours in which it does not fire at a time of day, but hourly or more often: it fires in
        the hour before and in the hour after as well."""
        hours = {at.hour for at in self.times}
        return frozenset(hour for hour in hours if {(hour - 1) % 24, (hour + 1) % 24} <= hours)

    def fires_on(self, day: date) -> bool:
        """Whether it does, where it fires in that month."""
        by_day = "*" in self.days or day.day in self.days
        by_day = by_day or (LAST in self.days and (day + DAY).day == 1)
        if not self.nth:
            by_weekday = "*" in self.weekdays or day.isoweekday() % 7 in self.weekdays
            return by_day or by_weekday if self.either else by_day and by_weekday
        # where both are given, croniter goes by such a weekday alone
        return self._nth_of_month(day) and (by_day or self.either)

    def _nth_of_month(self, day: date) -> bool:
        last = (day + 7 * DAY).month != day.month
        place = (day.day - 1) // 7 + 1
        return any(
            weekday == day.isoweekday() % 7 and (place in places or (last and LAST in places))
            for weekday, places in self.nth
        )


@lru_cache(maxsize=1024)
def read(cron: Cron) -> Reading:
    (minutes, hours, days, months, weekdays), nth = croniter.expand(str(cron))
    times = product(_numbers(hours, 24), _numbers(minutes, 60))
    return Reading(
        tuple(time(hour, minute) for hour, minute in times),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
        tuple((int(weekday), frozenset(places)) for weekday, places in nth.items()),
        days[0] != "*" and weekdays[0] != "*",
    )


def walk(cron: Cron, start: datetime) -> Iterator[datetime]:
    """Naive times from `start` on, in order; they end where none comes in 50 years."""
    reading = read(cron)
    day, latest = start.date(), start.year
    while day.year - latest <= LONGEST_WAIT_YEARS and day.year < date.max.year:
        if not {"*", day.month} & reading.months:
            day = (day.replace(day=1) + 31 * DAY).replace(day=1)
            continue
        if reading.fires_on(day):
            latest = day.year
            for at in reading.times:
                found = datetime.combine(day, at)
                if found >= start:
                    yield found
        day += DAY


def _numbers(field: Sequence[int | str], count: int) -> list[int]:
    every = list(range(count))
    return every if "*" in field else [value for value in every if value in field]
