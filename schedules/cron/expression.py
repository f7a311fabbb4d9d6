"""Which cron expressions Skyvern's server takes, and a sentence for each that it does not.

The server runs croniter 3.0.4, and so do we: croniter has the last word on every field. On top
we refuse what the server takes but nobody means: seconds, years, and times rolled at random.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

MAX_LENGTH = 120
MIN_GAP_SECONDS = 300
GAP_WINDOW = timedelta(hours=25)
GAP_SAMPLES = 2000

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7, or SUN to SAT"),
)
ODD_CHARACTER = re.compile(r"[^0-9A-Za-z*/,\-#? \t]")
RANDOM = re.compile(r"(?<![a-z])[hr](/\d+)?(?![a-z])", re.IGNORECASE)
NEAREST_WEEKDAY = re.compile(r"(\d+|l)w|w", re.IGNORECASE)


class CronError(ValueError):
    """Its text is a sentence for the person who typed the expression."""


@dataclass(frozen=True)
class Cron:
    """An accepted expression of five fields."""

    minute: str
    hour: str
    day: str
    month: str
    weekday: str

    def __str__(self) -> str:
        return f"{self.minute} {self.hour} {self.day} {self.month} {self.weekday}"


def parse(expression: str) -> Cron:
    """The expression, aliases written out; CronError says what is wrong with it, and where.

    Whether it ever fires, and how often, depends on the day it is asked: see `check_pace`.
    """
    text = expression.strip()
    if not text:
        raise CronError("Type a cron expression of five fields, such as 0 9 * * 1-5.")
    if len(text) > MAX_LENGTH:
        raise CronError(f"The expression is longer than {MAX_LENGTH} characters.")
    if text.startswith("@"):
        return _alias(text)
    if odd := ODD_CHARACTER.search(text):
        raise CronError(f"The character “{odd.group()}” has no meaning in a cron expression.")
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise CronError(_count_sentence(len(fields)))
    if RANDOM.search(text) or not croniter.is_valid(text):
        for position, field in enumerate(fields):
            _check_field(position, field)
    return Cron(*fields)


def check_pace(cron: Cron, now: datetime) -> None:
    """CronError if it never fires after `now`, or fires more often than the server allows.

    The very rule of the server: no gap below 5 minutes in 25 hours of fires, computed in UTC.
    """
    ahead = croniter(str(cron), now.astimezone(UTC))
    try:
        times: list[datetime] = [ahead.get_next(datetime)]
        while len(times) < GAP_SAMPLES and times[-1] - times[0] < GAP_WINDOW:
            times.append(ahead.get_next(datetime))
            gap = (times[-1] - times[-2]).total_seconds()
            if gap < MIN_GAP_SECONDS:
                raise CronError(_pace_sentence(gap))
    except CroniterBadDateError as exc:
        raise CronError(_never_sentence(cron)) from exc


def _pace_sentence(gap: float) -> str:
    shown = f"{gap / 60:g} minute{'s' if gap != 60 else ''}"
    return f"Two fires are only {shown} apart; Skyvern wants at least 5 minutes between them."


def _never_sentence(cron: Cron) -> str:
    day = f"“{cron.day}” as day of the month"
    if "#" in cron.weekday or "l" in cron.weekday.lower():
        return f"It never fires: {day} is never “{cron.weekday}” as day of the week."
    return f"It never fires: {day} does not come in “{cron.month}” as month."


def _alias(text: str) -> Cron:
    if expanded := ALIASES.get(text.lower()):
        return Cron(*expanded.split())
    raise CronError(f"“{text}” is not a known shorthand. Known are {', '.join(ALIASES)}.")


def _count_sentence(count: int) -> str:
    wanted = "minute, hour, day of the month, month, day of the week"
    if count > len(FIELDS):
        return f"It has {count} fields, but takes five ({wanted}); seconds and years are not taken."
    return f"It has {count} field{'s' if count != 1 else ''}, but needs five: {wanted}."


def _check_field(position: int, field: str) -> None:
    """Ask croniter about this field alone, then about its parts, to say which one is wrong."""
    name, allowed = FIELDS[position]
    for part in field.split(","):
        if RANDOM.fullmatch(part):
            raise CronError(f"“{part}” as {name} means a random time, which is not taken here.")
        if NEAREST_WEEKDAY.fullmatch(part):
            raise CronError(f"“{part}” as {name}: the nearest weekday (W) is not supported.")
        if not _accepted(position, part):
            raise CronError(_part_sentence(name, allowed, part))
    if not _accepted(position, field):
        raise CronError(f"“{field}” as {name} mixes things that cannot stand together.")


def _accepted(position: int, field: str) -> bool:
    fields = ["*"] * len(FIELDS)
    fields[position] = field
    try:
        croniter.expand(" ".join(fields))
    except CroniterBadCronError:
        return False
    return True


def _part_sentence(name: str, allowed: str, part: str) -> str:
    if not part:
        return f"There is a comma too many in the {name}."
    start, dash, rest = part.partition("-")
    if dash and start.isalnum() and rest:
        return (
            f"“{part}” as {name} is no range: it must run upwards within {allowed}. "
            "Write one that wraps as two, joined by a comma."
        )
    return f"“{part}” is no {name}: it takes {allowed}."
