"""Schedules in words: 24-hour times, English."""

from functools import lru_cache

from cron_descriptor import ExpressionDescriptor, FormatError, Options, WrongArgumentError

from schedules.cron.expression import FIELDS, Cron, CronError, parse

UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


@lru_cache(maxsize=2048)
def describe(expression: str) -> str:
    """ "At 09:00, Monday through Friday"; for what we would not take ourselves, a plain word."""
    try:
        cron = parse(expression)
    except CronError:
        return "A pattern of its own"
    if str(cron).count("#") > 1:  # the library tells only one of them
        return _plainly(cron)
    options = Options()
    options.use_24hour_time_format = True
    options.locale_code = "en_US"
    try:
        words = str(ExpressionDescriptor(str(cron), options).get_description())
    except (FormatError, WrongArgumentError):
        return _plainly(cron)
    words = words.replace("and L of the month", "and the last day of the month")
    every_day = cron.day in "*?" and cron.month == "*" and cron.weekday in "*?"
    if every_day and words.startswith("At ") and "past the hour" not in words:
        return f"{words}, every day"
    return words


def _plainly(cron: Cron) -> str:
    fields = zip(FIELDS, str(cron).split(), strict=True)
    return ", ".join(
        f"{name} {field}" for (name, _), field in fields if field not in "*?"
    ).capitalize()


def describe_interval(seconds: int) -> str:
    """ "Every 90 minutes"."""
    for unit, length in UNITS:
        if seconds % length == 0:
            count = seconds // length
            return f"Every {unit}" if count == 1 else f"Every {count} {unit}s"
    raise ValueError("a length in whole seconds is expected")
