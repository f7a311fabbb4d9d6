"""How runs went, by agent and by time: read from the hourly figures, no run is counted here.

A figure is of runs *created* in that time, as the filters of the runs table are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import reduce
from operator import add

from django.db.models import Case, IntegerField, Max, Sum, Value, When

from runs.models import Run, Tally

HOUR = timedelta(hours=1)
DAY_HOURS = 24
DAYS = 14
READ = 500


@dataclass(frozen=True)
class Figures:
    """Runs by phase; `timed` and `spent_ms` are of the completed ones whose time is known."""

    completed: int = 0
    failed: int = 0
    canceled: int = 0
    other: int = 0
    live: int = 0
    timed: int = 0
    spent_ms: int = 0

    def __add__(self, more: Figures) -> Figures:
        return Figures(*(getattr(self, name) + getattr(more, name) for name in NAMES))

    @property
    def runs(self) -> int:
        return self.completed + self.failed + self.canceled + self.other + self.live

    @property
    def success(self) -> float | None:
        """The completed ones' share of those that completed or failed."""
        judged = self.completed + self.failed
        return self.completed / judged if judged else None

    @property
    def average(self) -> timedelta | None:
        return timedelta(milliseconds=self.spent_ms / self.timed) if self.timed else None


NAMES = tuple(one.name for one in fields(Figures))
NOTHING = Figures()


def total(figures: Iterable[Figures]) -> Figures:
    return reduce(add, figures, NOTHING)


@dataclass(frozen=True)
class Trend:
    """A time and the same length before it."""

    now: Figures
    before: Figures

    @property
    def points(self) -> float | None:
        """Percentage points of success gained."""
        if self.now.success is None or self.before.success is None:
            return None
        return (self.now.success - self.before.success) * 100

    @property
    def slower(self) -> float | None:
        """Share of the average time gained: 0.5 is half as long again, -0.5 half as long."""
        if not self.now.average or not self.before.average:
            return None
        return self.now.average / self.before.average - 1


def halves(figures: Sequence[Figures]) -> Trend:
    middle = len(figures) // 2
    return Trend(total(figures[middle:]), total(figures[:middle]))


@dataclass(frozen=True)
class Slots:
    """Times that follow each other: slot i is from `edges[i]` to `edges[i + 1]`, full hours UTC.

    `is_utc` is whether its days are UTC's although the viewer lives by another clock.
    """

    edges: tuple[datetime, ...]
    are_days: bool = False
    is_utc: bool = False

    @property
    def since(self) -> datetime:
        return self.edges[0]

    @property
    def until(self) -> datetime:
        return self.edges[-1]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def of(self, moment: datetime) -> int:
        """What is of the future is of the last slot, as an open end of a filter has it."""
        return min(bisect_right(self.edges, moment), len(self)) - 1


def last_hours(now: datetime, hours: int = DAY_HOURS) -> Slots:
    """From the full hour `hours` ago until now: one slot more than hours, as both ends are parts.

    The same runs as the runs table's `last`, which begins at that full hour too.
    """
    this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Slots(tuple(this + HOUR * number for number in range(-hours, 2)))


def last_days(now: datetime, zone: tzinfo, days: int = DAYS) -> Slots:
    """Today and the days before, by the clock of that zone.

    By UTC where a day of that zone does not begin with a full hour of UTC, as in India.
    """
    edges = _midnights(now, zone, days)
    if any(edge.minute or edge.second for edge in edges):
        return utc_days(now, days)
    return Slots(edges, are_days=True)


def utc_days(now: datetime, days: int = DAYS) -> Slots:
    """Today and the days before, by UTC: of figures that are kept by its days."""
    return Slots(_midnights(now, UTC, days), are_days=True, is_utc=True)


def _midnights(now: datetime, zone: tzinfo, days: int) -> tuple[datetime, ...]:
    """The first instants of those days and of tomorrow; PEP 495 makes a skipped one the next."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    naive = today.replace(tzinfo=None)
    return tuple(
        (naive + timedelta(days=number)).replace(tzinfo=zone).astimezone(UTC)
        for number in range(1 - days, 2)
    )


def by_agent(wpids: Sequence[str], slots: Slots) -> dict[str, list[Figures]]:
    """The figures of each agent in each slot, in one query whose answer is as small as that."""
    slot = Case(
        *(When(hour__lt=edge, then=Value(at)) for at, edge in enumerate(slots.edges[1:])),
        output_field=IntegerField(),
    )
    found = Tally.objects.filter(
        workflow__in=wpids, hour__gte=slots.since, hour__lt=slots.until
    ).annotate(slot=slot)
    sums = found.values_list("workflow_id", "slot", "phase").annotate(*SUMS).order_by()
    figures = {wpid: [NOTHING] * len(slots) for wpid in wpids}
    for wpid, at, *told in sums:
        figures[wpid][at] += _figures(*told)
    return figures


def weeks(wpids: Sequence[str], now: datetime, zone: tzinfo) -> dict[str, Trend]:
    """The last seven days of each agent against the seven before."""
    days = last_days(now, zone)
    found = by_agent(wpids, replace(days, edges=days.edges[:: len(days) // 2]))
    return {wpid: halves(figures) for wpid, figures in found.items()}


def of_all(slots: Slots) -> list[Figures]:
    """The figures of all agents together; nothing in them is of the time that runs took."""
    # That it is of every phase leads SQLite, too, to the index that begins with the phase.
    found = Tally.objects.filter(phase__in=Run.Phase.values, hour__gte=slots.since)
    figures = [NOTHING] * len(slots)
    sums = found.values_list("hour", "phase").annotate(Sum("runs")).order_by()
    for hour, phase, runs in sums:
        figures[slots.of(hour)] += _figures(phase, runs)
    return figures


SUMS = (Sum("runs"), Sum("timed"), Sum("duration_ms"))


def _figures(phase: str, runs: int, timed: int = 0, spent_ms: int = 0) -> Figures:
    if phase == Run.Phase.COMPLETED:
        return Figures(completed=runs, timed=timed, spent_ms=spent_ms)
    return Figures(**{phase: runs})


def live() -> int:
    """How many runs are under way, whenever they were created."""
    return Tally.objects.filter(phase=Run.Phase.LIVE).aggregate(found=Sum("runs"))["found"] or 0


@dataclass(frozen=True)
class Failing:
    """An agent ("" for runs of none) with failures, and the hour in which it had the newest."""

    wpid: str
    failed: int
    hour: datetime


def failing(since: datetime) -> list[Failing]:
    """Who has failures since then, most first."""
    failed = Tally.objects.filter(phase=Run.Phase.FAILED, hour__gte=since)
    sums = failed.values_list("workflow_id").annotate(failed=Sum("runs"), newest=Max("hour"))
    return [Failing(*found) for found in sums.order_by("-failed", "workflow_id")]


def active(since: datetime) -> list[str]:
    """Agents that ran since then, those of the last hour first: among the newest READ figures."""
    newest = Tally.objects.filter(hour__gte=since).exclude(workflow="").order_by("-hour")
    return list(dict.fromkeys(newest.values_list("workflow_id", flat=True)[:READ]))
