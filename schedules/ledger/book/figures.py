"""What the last fires of a schedule come to, and how long its runs take beside its rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise

from runs.models import Run
from schedules import cron
from schedules.models import Fire, Schedule
from schedules.timing import Timing

COUNTED = 200
"""What a schedule is like now is told by so many of its last fires."""
TIMED = 100
GAPS = 24
"""So many of the coming fires tell its rhythm."""
FEWEST = 3
"""Of fewer runs nobody can say how long they usually take."""
RAN = (Fire.State.ON_TIME, Fire.State.LATE)
ENDED = (Fire.Outcome.SUCCEEDED, Fire.Outcome.FAILED, Fire.Outcome.SETUP)


@dataclass(frozen=True)
class Last:
    """The newest one whose run has ended."""

    due_at: datetime
    run_id: str
    outcome: str


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
    last: Last | None

    @property
    def on_time_percent(self) -> int:
        return 100 * self.on_time // self.expected

    @property
    def failed_in_a_row(self) -> int:
        return max(0, -self.streak)

    @property
    def succeeded_percent(self) -> int:
        return 100 * self.succeeded // self.ended


@dataclass(frozen=True)
class Pace:
    """How long its last completed runs took, and how far apart it fires."""

    runs: int
    p50: timedelta
    p95: timedelta
    gap: timedelta | None
    """Usually, by its coming fires; None if it does not fire twice any more."""

    @property
    def is_too_slow(self) -> bool:
        """Some of its runs go on when the next one is due."""
        return self.gap is not None and self.p95 > self.gap

    @property
    def share_percent(self) -> int | None:
        """Of the time between two fires, what a usual run takes."""
        return round(100 * self.p50 / self.gap) if self.gap else None


def figures(schedule: Schedule) -> Figures | None:
    """None before the first fire that counts."""
    wanted = Fire.objects.filter(schedule=schedule).settled()
    wanted = wanted.exclude(state__in=[Fire.State.SKIPPED, Fire.State.EXTRA])
    fires = list(wanted.only("state", "outcome", "late_seconds", "due_at", "run")[:COUNTED])
    if not fires:
        return None
    ended = [fire for fire in fires if fire.outcome in ENDED]
    outcomes = [fire.outcome for fire in ended]
    lates = sorted(fire.late_seconds for fire in fires if fire.late_seconds is not None)
    states = [fire.state for fire in fires]
    return Figures(
        expected=len(fires),
        ran=sum(state in RAN for state in states),
        on_time=states.count(Fire.State.ON_TIME),
        ended=len(outcomes),
        succeeded=outcomes.count(Fire.Outcome.SUCCEEDED),
        streak=_streak(outcomes),
        late_p50=timedelta(seconds=_percentile(lates, 50)) if lates else None,
        late_p95=timedelta(seconds=_percentile(lates, 95)) if lates else None,
        last=next(
            (Last(fire.due_at, fire.run_id, fire.outcome) for fire in ended if fire.run_id), None
        ),
    )


def pace(schedule: Schedule, now: datetime) -> Pace | None:
    """None while too few of its runs have completed."""
    runs = schedule.runs.filter(phase=Run.Phase.COMPLETED, duration_ms__isnull=False)
    spent = sorted(ms for ms in runs.values_list("duration_ms", flat=True)[:TIMED] if ms)
    if len(spent) < FEWEST:
        return None
    median, most = (timedelta(milliseconds=_percentile(spent, share)) for share in (50, 95))
    return Pace(len(spent), median, most, usual_gap(Timing.of(schedule), now))


def usual_gap(timing: Timing, now: datetime) -> timedelta | None:
    """The median of the times between its coming fires."""
    try:
        fires = list(islice(timing.times(now), GAPS + 1))
    except (cron.CronError, cron.ZoneError):
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(fires))
    return gaps[len(gaps) // 2] if gaps else None


def _streak(outcomes: Sequence[str]) -> int:
    good = [outcome == Fire.Outcome.SUCCEEDED for outcome in outcomes]
    if not good:
        return 0
    turned = good.index(not good[0]) if (not good[0]) in good else len(good)
    return turned if good[0] else -turned


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The nearest rank of what is in order and not empty."""
    return ordered[max(1, -(-len(ordered) * percent // 100)) - 1]
