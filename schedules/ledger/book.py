"""Reads the ledger of a schedule: its fires, newest first, and what they come to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from schedules.models import Fire, FireQuerySet, Schedule

PAGE_SIZE = 50
COUNTED = 200
"""What a schedule is like now is told by so many of its last fires."""
RAN = (Fire.State.ON_TIME, Fire.State.LATE)
ENDED = (Fire.Outcome.SUCCEEDED, Fire.Outcome.FAILED, Fire.Outcome.SETUP)


@dataclass(frozen=True)
class Page:
    fires: list[Fire]
    older: str
    """The fire after which the next page begins; "" on the last one."""


@dataclass(frozen=True)
class Figures:
    """Of the last fires that were expected and not skipped; shares are percent."""

    expected: int
    ran: int
    on_time: int
    ended: int
    succeeded: int
    streak: int
    """How many of the last ended alike, failures below 0."""
    late_p50: timedelta | None
    late_p95: timedelta | None

    @property
    def on_time_percent(self) -> int:
        return 100 * self.on_time // self.expected

    @property
    def failed_in_a_row(self) -> int:
        return max(0, -self.streak)

    @property
    def succeeded_percent(self) -> int:
        return 100 * self.succeeded // self.ended


def missed_since(schedules: Collection[str], since: datetime) -> dict[str, int]:
    """How many fires of each were missed since then; those without any are left out."""
    found = Fire.objects.filter(schedule__in=schedules, due_at__gte=since)
    counts = found.filter(state=Fire.State.MISSED).values("schedule").annotate(Count("pk"))
    return dict(counts.order_by().values_list("schedule", "pk__count"))


def settled(schedule: Schedule) -> FireQuerySet:
    return Fire.objects.filter(schedule=schedule).exclude(state=Fire.State.DUE)


def page(schedule: Schedule, state: str, older: str) -> Page:
    """`state`: one of `Fire.State`, or "" for all; `older`: what the page before told."""
    found = settled(schedule)
    if state in Fire.State:
        found = found.filter(state=state)
    if before := _moment(older):
        found = found.filter(due_at__lt=before)
    fires = list(with_runs(found)[: PAGE_SIZE + 1])
    more = len(fires) > PAGE_SIZE
    return Page(fires[:PAGE_SIZE], fires[PAGE_SIZE - 1].due_at.isoformat() if more else "")


def with_runs(fires: FireQuerySet) -> FireQuerySet:
    return fires.select_related("run").defer("run__raw", "run__words", "run__parameter_words")


def figures(schedule: Schedule) -> Figures | None:
    """None before the first fire that counts."""
    wanted = settled(schedule).exclude(state__in=[Fire.State.SKIPPED, Fire.State.EXTRA])
    fires = list(wanted.values_list("state", "outcome", "late_seconds")[:COUNTED])
    if not fires:
        return None
    outcomes = [outcome for _, outcome, _ in fires if outcome in ENDED]
    lates = sorted(late for _, _, late in fires if late is not None)
    states = [state for state, _, _ in fires]
    return Figures(
        expected=len(fires),
        ran=sum(state in RAN for state in states),
        on_time=states.count(Fire.State.ON_TIME),
        ended=len(outcomes),
        succeeded=outcomes.count(Fire.Outcome.SUCCEEDED),
        streak=_streak(outcomes),
        late_p50=_percentile(lates, 50),
        late_p95=_percentile(lates, 95),
    )


def _streak(outcomes: Sequence[str]) -> int:
    good = [outcome == Fire.Outcome.SUCCEEDED for outcome in outcomes]
    if not good:
        return 0
    turned = good.index(not good[0]) if (not good[0]) in good else len(good)
    return turned if good[0] else -turned


def _percentile(seconds: Sequence[int], percent: int) -> timedelta | None:
    """The nearest rank."""
    if not seconds:
        return None
    rank = max(1, -(-len(seconds) * percent // 100))
    return timedelta(seconds=seconds[rank - 1])


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
