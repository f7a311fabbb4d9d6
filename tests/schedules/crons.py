"""Random cron expressions, and a second reading of them that knows nothing of croniter."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo, available_timezones

from schedules.cron.zones import Change, changes

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FIVE_YEARS = timedelta(days=5 * 365 + 1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
SPECIAL_DAYS = ["L", "1-L", "15-L/3", "15,L", "1,15,30", "1,31", "29", "?", "*/15", "*,5"]
SPECIAL_WEEKDAYS = ["1#2", "mon#1", "L5", "fri-sun", "tue-thu#3", "7#5", "mon#1,L3", "?", "1,1#1"]


def expression(chance: random.Random, *, hours: Iterable[int] = range(24)) -> str:
    """One that the server's parser takes; `hours` are those that are likely to be in it."""
    around = list(hours)
    near = str(chance.choice(around))
    spans = ["*", "*", "*/2", "0-5", "1-3", f"{near},12", f"{min(around)}-{max(around)}"]
    return " ".join(
        [
            _field(chance, 0, 59, special=["*/15", "*/30", "10/20", "0,30", "0", "0", "5"]),
            near if chance.random() < 0.4 else _field(chance, 0, 23, special=spans),
            _field(chance, 1, 31, star=0.6, special=SPECIAL_DAYS),
            _field(chance, 1, 12, star=0.8, names=MONTHS),
            _field(chance, 0, 7, star=0.6, names=WEEKDAYS, special=SPECIAL_WEEKDAYS, alone=True),
        ]
    )


def _field(
    chance: random.Random,
    low: int,
    high: int,
    *,
    star: float = 0.1,
    names: list[str] | None = None,
    special: list[str] | None = None,
    alone: bool = False,
) -> str:
    if chance.random() < star:
        return "*"
    if special and chance.random() < 0.4:
        return chance.choice(special)
    many = chance.choice([1, 1, 1, 2, 3])
    return ",".join(_part(chance, low, high, names or []) for _ in range(1 if alone else many))


def _part(chance: random.Random, low: int, high: int, names: list[str]) -> str:
    first, last = sorted(chance.randint(low, high) for _ in range(2))
    step = chance.randint(1, high)
    forms = [str(first), str(first), f"{first}-{last}", f"*/{step}", f"{first}/{step}"]
    return chance.choice([*forms, f"{first}-{last}/{step}", *names[:2]])


@dataclass(frozen=True)
class Meaning:
    """An expression read anew, by its own words: numbers of each field, and which are `*`."""

    text: str

    @cached_property
    def fields(self) -> list[str]:
        return self.text.lower().split()

    @cached_property
    def minutes(self) -> set[int]:
        return numbers(self.fields[0], 0, 59)

    @cached_property
    def hours(self) -> set[int]:
        return numbers(self.fields[1], 0, 23)

    @cached_property
    def days(self) -> set[int]:
        return numbers(self.fields[2], 1, 31)

    @cached_property
    def months(self) -> set[int]:
        return numbers(self.fields[3], 1, 12, MONTHS)

    @cached_property
    def weekdays(self) -> set[int]:
        plain = [part for part in self.fields[4].split(",") if not self.is_nth(part)]
        return {day % 7 for day in numbers(",".join(plain), 0, 7, WEEKDAYS)} if plain else set()

    @cached_property
    def nth(self) -> set[tuple[int, int]]:
        """(weekday, which of the month), the last one as 0."""
        found = set()
        for part in self.fields[4].split(","):
            if "#" in part:
                names, _, place = part.partition("#")
                found |= {(day % 7, int(place)) for day in numbers(names, 0, 7, WEEKDAYS)}
            elif part.startswith("l"):
                found.add((int(part[1:]) % 7, 0))
        return found

    @staticmethod
    def is_nth(part: str) -> bool:
        return "#" in part or part.startswith("l")

    @cached_property
    def any_day(self) -> bool:
        """Whether the day of the month restricts nothing, and the weekday alone decides."""
        return self._free(2, self.days | ({0} if self._last_day else set()), 31)

    @cached_property
    def any_weekday(self) -> bool:
        return self._free(4, self.weekdays, 7)

    def _free(self, place: int, found: set[int], every: int) -> bool:
        # what names every value is as good as a star only beside a field with a star in it
        parts, other = self.fields[place].split(","), self.fields[6 - place]
        return bool({"*", "?"} & set(parts)) or (len(found) == every and "*" in other)

    @cached_property
    def _last_day(self) -> bool:
        return "l" in self.fields[2].split(",")

    def on(self, day: date) -> bool:
        """Whether it fires on that day."""
        if day.month not in self.months:
            return False
        by_day = self.any_day or day.day in self.days
        by_day = by_day or (self._last_day and (day + DAY).day == 1)
        weekday = day.isoweekday() % 7
        if self.nth:
            places = {(day.day - 1) // 7 + 1, *([0] if (day + 7 * DAY).month != day.month else [])}
            by_nth = any((weekday, place) in self.nth for place in places)
            # beside such a weekday the server does not look at the day of the month
            return by_nth and (by_day or not self.any_weekday)
        by_weekday = self.any_weekday or weekday in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def at(self, naive: datetime) -> bool:
        return naive.minute in self.minutes and naive.hour in self.hours and self.on(naive.date())

    def in_rhythm(self, hour: int) -> bool:
        return (hour - 1) % 24 in self.hours and (hour + 1) % 24 in self.hours

    def naive(self, start: datetime, days: int) -> Iterator[datetime]:
        """The times of the wall clock in that many days from `start` on."""
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        for day in (midnight + i * DAY for i in range(days)):
            if self.on(day.date()):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = day.replace(hour=hour, minute=minute)
                        if found > start:
                            yield found


def numbers(field: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    """The values of a field in lower case; `l` as the end of a range is the last possible one."""
    found: set[int] = set()
    known = {name: low + i for i, name in enumerate(names or [])}

    def value(text: str) -> int:
        return high if text == "l" else known[text] if text in known else int(text)

    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            found |= set(range(low, high + 1, int(step or 1)))
        elif part != "l":
            begin = value(first)
            end = value(last) if dash else high if step else begin
            if names is WEEKDAYS and end < begin:
                end = 7  # Friday to Sunday
            found |= set(range(begin, end + 1, int(step or 1)))
    return found


@dataclass(frozen=True)
class Minutes:
    """Each minute around a change of the clocks, as one sees it who looks at the clock."""

    change: Change
    zone: ZoneInfo

    @cached_property
    def begin(self) -> datetime:
        return self.change.at - timedelta(hours=4)

    @cached_property
    def end(self) -> datetime:
        return self.change.at + timedelta(hours=27)

    @cached_property
    def shown(self) -> datetime:
        """What the clock shows from the change on."""
        return self.change.at.astimezone(self.zone).replace(tzinfo=None, fold=0)

    @cached_property
    def walked(self) -> list[tuple[datetime, datetime, bool]]:
        """(the instant, what the clock shows, whether it has shown that before)."""
        return walk_minutes(self.change, self.begin, self.end, self.shown)

    @cached_property
    def never_shown(self) -> list[datetime]:
        """The minutes of the wall clock that it skips."""
        first = self.shown - self.change.shift
        return [first + i * MINUTE for i in range(max(0, self.change.shift // MINUTE))]

    @cached_property
    def hours(self) -> set[int]:
        """Of the skipped or repeated time and of that around it."""
        return {(self.shown.hour + i) % 24 for i in range(-2, 3)}

    def fires(self, meaning: Meaning) -> list[datetime]:
        """By the rules: skipped times at the end of the gap, repeated ones once, rhythms on."""
        moved = any(
            meaning.at(naive) and not meaning.in_rhythm(naive.hour) for naive in self.never_shown
        )
        days: dict[date, bool] = {}
        found = []
        for at, shown, again in self.walked:
            fires = shown.minute in meaning.minutes and shown.hour in meaning.hours
            if fires and (day := shown.date()) not in days:
                days[day] = meaning.on(day)
            fires = (
                fires and days[shown.date()] and not (again and not meaning.in_rhythm(shown.hour))
            )
            if fires or (moved and at == self.change.at):
                found.append(at)
        return found


@cache
def walk_minutes(
    change: Change, begin: datetime, end: datetime, changed_to: datetime
) -> list[tuple[datetime, datetime, bool]]:
    """Many zones share one walk: those whose clocks change at once and to the same time."""
    seen, found, at = set(), [], begin + MINUTE
    while at < end:
        shown = changed_to + (at - change.at)
        if at < change.at:
            shown -= change.shift
        found.append((at, shown, shown in seen))
        seen.add(shown)
        at += MINUTE
    return found


def changing() -> list[Minutes]:
    """Every change of every zone in five years."""
    return [
        Minutes(change, zone)
        for zone in map(ZoneInfo, sorted(available_timezones() - {"localtime"}))
        for change in changes(zone, NOW, NOW + FIVE_YEARS)
    ]
