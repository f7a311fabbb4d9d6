"""The fires of a schedule as a calendar: of each day how many there were, and the worst of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.templatetags.ui import duration
from schedules.ledger.book.asked import bounds, zone_of
from schedules.models import Fire, Gap, Schedule

WEEKS = 12
MOST = 4000
"""Fires that are read; of one that fires each five minutes they are of a fortnight."""
DAY = timedelta(days=1)
WEEK_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KINDS = {
    "missed": "missed",
    "failed": "failed",
    "late": "late",
    "extra": "not expected",
    "canceled": "canceled",
    "skipped": "skipped",
    "running": "running",
    "good": "on time",
}
"""What a fire counts as on its day, worst first, and how one says it."""


@dataclass
class Day:
    """`counts` by KINDS; `unwatched` is how long Skydeck did not look."""

    day: date
    counts: Counter[str] = field(default_factory=Counter)
    unwatched: timedelta = timedelta(0)
    is_told: bool = True
    """False for what is still to come, and for what lies before the fires that were read."""

    @property
    def worst(self) -> str:
        """One of KINDS; "" for a day without a fire."""
        return next((kind for kind in KINDS if self.counts[kind]), "")

    @property
    def fires(self) -> int:
        return self.counts.total()

    @property
    def words(self) -> str:
        """ "Mon 1 Jun: 24 fires, 2 missed, not watched for 2h 30m"."""
        many = f"{self.fires} fire{'' if self.fires == 1 else 's'}" if self.fires else "no fire"
        told = [f"{self.counts[kind]} {KINDS[kind]}" for kind in KINDS if self.counts[kind]]
        if self.unwatched:
            told.append(f"not watched for {duration(self.unwatched)}")
        return f"{self.day:%a %-d %b}: {', '.join((many, *told))}"


@dataclass(frozen=True)
class Calendar:
    """By the clocks of the schedule; `rows` are Mondays, Tuesdays and so on, oldest first."""

    rows: list[tuple[str, list[Day]]]
    weeks: list[date]
    """The Monday of each column."""
    kinds: list[str]
    """Those of KINDS that there are, and "gap"."""
    since: date | None
    """The fires before were too many to be read; None if all are there."""


def calendar(schedule: Schedule, now: datetime) -> Calendar | None:
    """The last WEEKS weeks; None without a fire in them."""
    zone = zone_of(schedule)
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    days = [Day(monday + number * DAY) for number in range(7 * WEEKS)]
    read = _fires(schedule, bounds(monday, zone)[0], now)
    if not read:
        return None
    since = read[-1][0].astimezone(zone).date() + DAY if len(read) == MOST else None
    by_day = _counted(read, zone)
    lost = _unwatched(schedule, days[0].day, zone, now)
    for day in days:
        day.is_told = day.day <= today and (since is None or day.day >= since)
        if day.is_told:
            day.counts, day.unwatched = by_day[day.day], lost[day.day]
    kinds = [kind for kind in KINDS if any(day.counts[kind] for day in days)]
    kinds += ["gap"] if any(day.unwatched for day in days) else []
    rows = [(name, days[place::7]) for place, name in enumerate(WEEK_DAYS)]
    return Calendar(rows, [day.day for day in days[::7]], kinds, since)


def kind_of(state: str, outcome: str) -> str:
    """What a settled fire counts as."""
    if state in (Fire.State.MISSED, Fire.State.SKIPPED):
        return str(state)
    if outcome in (Fire.Outcome.FAILED, Fire.Outcome.SETUP):
        return "failed"
    if state in (Fire.State.LATE, Fire.State.EXTRA):
        return str(state)
    if outcome in (Fire.Outcome.CANCELED, Fire.Outcome.OTHER):
        return "canceled"
    return "running" if outcome == Fire.Outcome.LIVE else "good"


def _fires(schedule: Schedule, since: datetime, now: datetime) -> list[tuple[datetime, str, str]]:
    """Newest first."""
    found = Fire.objects.filter(schedule=schedule, due_at__gte=since, due_at__lte=now).settled()
    return list(found.values_list("due_at", "state", "outcome")[:MOST])


def _counted(
    fires: Iterable[tuple[datetime, str, str]], zone: ZoneInfo
) -> defaultdict[date, Counter[str]]:
    counts: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for due_at, state, outcome in fires:
        counts[due_at.astimezone(zone).date()][kind_of(state, outcome)] += 1
    return counts


def _unwatched(
    schedule: Schedule, first: date, zone: ZoneInfo, now: datetime
) -> defaultdict[date, timedelta]:
    """Of each day, how long nobody looked; before its ledger began nobody was to."""
    lost: defaultdict[date, timedelta] = defaultdict(timedelta)
    horizon = getattr(schedule, "horizon", None)
    since = max(bounds(first, zone)[0], horizon.since if horizon else now)
    gaps = Gap.objects.filter(begin__lt=now).exclude(end__lte=since)
    for begin, end in gaps.values_list("begin", "end"):
        start, stop = max(begin, since), min(end or now, now)
        day = start.astimezone(zone).date()
        while (midnights := bounds(day, zone))[0] < stop:
            lost[day] += min(stop, midnights[1]) - max(start, midnights[0])
            day += DAY
    return lost
