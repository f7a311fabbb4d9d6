"""Schedules in English words, with times of 24 or of 12 hours."""

import re
from collections.abc import Sequence
from datetime import time
from functools import lru_cache

from cron_descriptor import ExpressionDescriptor, Options

from schedules.cron.expression import Cron, CronError, parse
from schedules.cron.walk import LAST, Reading, read

UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
MOST_TIMES = 4
"""Up to so many times of a day are all told."""
MOST_DAYS = 8
"""Up to so many days of a month are all told where a step names them."""
PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
FIRST_MONDAY = ("1#1", "the first Monday of the month")
"""Stands for any such weekdays while the library writes the rest, and what it calls that."""


@lru_cache(maxsize=2048)
def describe(expression: str, hours: int = 24) -> str:
    """ "At 09:00, Monday through Friday"; for what we would not take ourselves, a plain word."""
    try:
        cron = parse(expression)
    except CronError:
        return "A pattern of its own"
    reading = read(cron)
    plain = _plain(cron, reading)
    options = Options()
    options.use_24hour_time_format = hours == 24
    options.locale_code = "en_US"
    words = str(ExpressionDescriptor(str(plain), options).get_description())
    if len(reading.times) <= MOST_TIMES:
        told = [clock_time(at, hours) for at in reading.times]
        words = words.replace(f"At {told[0]}", f"At {join(told)}", 1)
    if reading.nth:
        words = words.replace(FIRST_MONDAY[1], _nth(reading))
    words = re.sub(r"\bL of the month", "the last day of the month", words)
    every_day = plain.day == plain.month == plain.weekday == "*"
    if every_day and words.startswith("At ") and "past the hour" not in words:
        return f"{words}, every day"
    return words


def describe_interval(seconds: int) -> str:
    """ "Every 90 minutes"."""
    for unit, length in UNITS:
        if seconds % length == 0:
            count = seconds // length
            return f"Every {unit}" if count == 1 else f"Every {count} {unit}s"
    raise ValueError("a length in whole seconds is expected")


def clock_time(at: time, hours: int = 24) -> str:
    """ "21:05", or "09:05 PM" of 12 hours."""
    if hours == 24:
        return f"{at:%H:%M}"
    return f"{at.hour % 12 or 12:02}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def join(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b, and c"; of one at least."""
    *others, last = words
    if not others:
        return last
    return f"{', '.join(others)}{',' if len(others) > 1 else ''} and {last}"


def _plain(cron: Cron, reading: Reading) -> Cron:
    """The same days and times, written so that the library tells them rightly."""
    minutes = sorted({at.minute for at in reading.times})
    hours = sorted({at.hour for at in reading.times})
    if len(reading.times) <= MOST_TIMES:
        minutes, hours = minutes[:1], hours[:1]
    day = _day(cron.day, reading)
    weekday = _listed(cron.weekday, reading.weekdays, range(7))
    if reading.nth:
        day, weekday = "*" if reading.either else day, FIRST_MONDAY[0]
    elif reading.either and "*" in (day, weekday):
        day = weekday = "*"  # each day is one of them
    return Cron(
        _cycle(cron.minute, minutes, 60),
        _cycle(cron.hour, hours, 24),
        day,
        _listed(cron.month, reading.months, range(1, 13)),
        weekday,
    )


def _cycle(field: str, values: list[int], length: int) -> str:
    """Minutes or hours. "Every N" is said only of steps that are even around the clock."""
    if len(values) == length:
        return "*"
    gaps = {(values[i] - values[i - 1]) % length for i in range(len(values))}
    if "*" in field or "/" in field or len(values) == 1:
        even = len(gaps) == 1 and re.fullmatch(r"(\*|\d+)/\d+", field)
        return field if even and len(values) > 1 else ",".join(map(str, values))
    return field


def _day(field: str, reading: Reading) -> str:
    numbers = sorted(day for day in reading.days if isinstance(day, int))
    if "*" in reading.days or len(numbers) == 31:
        return "*"
    if "/" in field and (len(numbers) <= MOST_DAYS or "," in field):
        return ",".join([*map(str, numbers), *(["L"] if LAST in reading.days else [])])
    return re.sub("-l", "-31", field, flags=re.IGNORECASE).upper()


def _listed(field: str, found: frozenset[int | str], every: range) -> str:
    """Months or weekdays: by name, even where a step names them."""
    if "*" in found or found >= set(every):
        return "*"
    numbers = sorted(value for value in found if isinstance(value, int))
    return ",".join(map(str, numbers)) if "/" in field else field


def _nth(reading: Reading) -> str:
    """ "the first Monday and the last Friday of the month"."""
    order = list(PLACES)
    found = sorted(
        (order.index(place), weekday) for weekday, places in reading.nth for place in places
    )
    named = [f"the {PLACES[order[place]]} {WEEKDAYS[weekday]}" for place, weekday in found]
    return f"{join(named)} of the month"
