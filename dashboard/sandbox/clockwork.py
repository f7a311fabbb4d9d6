"""How far a run has come: a function of its plan, the clock and what was done to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.sandbox.plan import Failure, Step
from dashboard.sandbox.state import Run

type Json = dict[str, Any]

NEVER = datetime.max.replace(tzinfo=UTC)
QUEUE_SECONDS = 0.3
START_SECONDS = 0.8
CLOSE_SECONDS = 0.3
"""From the end of the last block to the end of the run."""
VIDEO_SECONDS = 0.7
"""From the end of the run until its recording can be fetched."""


@dataclass
class Timed:
    """A step with its place in time."""

    step: Step
    attempt: int
    start: datetime
    end: datetime
    children: list["Timed"] = field(default_factory=list)

    def status(self, now: datetime) -> str:
        if self.end > now:
            return "running"
        return self.step.failure.status if self.step.failure else "completed"

    def walk(self) -> Iterator["Timed"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class Attempt:
    number: int
    started: datetime
    finished: datetime
    steps: list[Timed]
    failure: Failure | None
    failing: Step | None
    retry_at: datetime | None = None
    paused_from: datetime = NEVER
    paused_until: datetime = NEVER


@dataclass
class Progress:
    """`ended` is when nothing more happens: later than `finished` after a cancel."""

    status: str
    attempt: int
    retry_pending: bool
    next_attempt_at: datetime | None
    queued: datetime | None
    started: datetime | None
    finished: datetime | None
    modified: datetime
    ended: datetime
    now: datetime
    steps: list[Timed]
    """Those that have begun, of all attempts, oldest first, loops with their children."""
    attempts: list[Attempt]
    failure: Failure | None = None
    failing: Step | None = None
    failure_reason: str | None = None

    @property
    def is_final(self) -> bool:
        return self.finished is not None and not self.retry_pending


@dataclass(frozen=True)
class Timing:
    """Of one run: its pace (seconds of the script per second of the clock) and its limits."""

    speed: float
    max_minutes: int | None = None
    retry_delay: float = 0.0


def lay_out(run: Run, plan: Sequence[Sequence[Step]], timing: Timing) -> list[Attempt]:
    """Put every attempt on the time line, as if nobody cancelled."""
    begin = run.created_at + _span(START_SECONDS, timing)
    laid: list[Attempt] = []
    for number, steps in enumerate(plan, start=1):
        attempt = _attempt(run, number, steps, begin, timing)
        laid.append(attempt)
        if number < len(plan):
            begin = attempt.retry_at = attempt.finished + _span(timing.retry_delay, timing)
    return laid


def _span(seconds: float, timing: Timing) -> timedelta:
    return timedelta(seconds=seconds / timing.speed)


def _attempt(
    run: Run, number: int, steps: Sequence[Step], begin: datetime, timing: Timing
) -> Attempt:
    failing = steps[-1] if steps and steps[-1].is_fatal else None
    attempt = Attempt(number, begin, NEVER, [], failing.failure if failing else None, failing)
    now = begin
    for step in steps:
        timed = _place(step, number, now, timing)
        if step.kind == "human_interaction":
            attempt.paused_from = timed.start
            timed.end = attempt.paused_until = _answered(run, timed, timing)
        attempt.steps.append(timed)
        now = timed.end
    attempt.finished = (
        now if now >= NEVER - timedelta(days=1) else now + _span(CLOSE_SECONDS, timing)
    )
    return attempt


def _answered(run: Run, timed: Timed, timing: Timing) -> datetime:
    if run.resumed_at is None or run.resumed_at < timed.start:
        return NEVER
    return run.resumed_at + _span(0.2, timing)


def _place(step: Step, attempt: int, start: datetime, timing: Timing) -> Timed:
    if start == NEVER:
        return Timed(step, attempt, NEVER, NEVER)
    timed = Timed(step, attempt, start, start + _span(step.seconds, timing))
    for child in step.children:
        placed = _place(child, attempt, timed.end, timing)
        timed.children.append(placed)
        timed.end = placed.end
    return timed


def progress(run: Run, attempts: list[Attempt], timing: Timing, now: datetime) -> Progress:
    """Where the run stands at `now`."""
    if run.setup_failure is not None:
        return _failed_in_setup(run)
    queued = run.created_at + _span(QUEUE_SECONDS, timing)
    begun = [a for a in attempts if a.started <= now and (run.canceled_at or NEVER) > a.started]
    last = begun[-1] if begun else None
    cut, cut_status = _cut(run, attempts, timing)
    state = Progress(
        status="created" if now < queued else "queued",
        attempt=last.number if last else 1,
        retry_pending=False,
        next_attempt_at=None,
        queued=queued if queued <= now else None,
        started=last.started if last else None,
        finished=None,
        modified=max(t for t in (run.created_at, queued, last and last.started) if t and t <= now),
        ended=NEVER,
        now=now,
        steps=[t for a in begun for t in _visible(a.steps, min(now, cut))],
        attempts=begun,
    )
    if last:
        _settle(state, last, now)
    if cut <= now:
        _stop(state, cut, cut_status, timing)
    return state


def _visible(steps: list[Timed], until: datetime) -> list[Timed]:
    """What has begun; a block that had begun runs on even if the run was stopped meanwhile."""
    return [
        Timed(t.step, t.attempt, t.start, t.end, _visible(t.children, until))
        for t in steps
        if t.start <= until
    ]


def _cut(run: Run, attempts: list[Attempt], timing: Timing) -> tuple[datetime, str]:
    """When the run is stopped before its end, and as what; NEVER if it is not."""
    limits = [(run.canceled_at or NEVER, "canceled")]
    if timing.max_minutes and attempts:
        limits.append((attempts[0].started + _span(timing.max_minutes * 60, timing), "timed_out"))
    moment, status = min(limits)
    natural = attempts[-1].finished if attempts else NEVER
    return (moment, status) if moment < natural else (NEVER, status)


def _settle(state: Progress, last: Attempt, now: datetime) -> None:
    state.status = "paused" if last.paused_from <= now < last.paused_until else "running"
    ends = [t.end for top in state.steps for t in top.walk() if t.end <= now]
    begins = [t.start for top in state.steps for t in top.walk()]
    state.modified = max([state.modified, *ends, *begins])
    if last.finished > now:
        return
    state.finished = state.modified = state.ended = last.finished
    state.failure, state.failing = last.failure, last.failing
    state.status = last.failure.status if last.failure else "completed"
    state.retry_pending = last.retry_at is not None
    state.next_attempt_at = last.retry_at
    if last.failure and last.failing:
        verb = "terminated. Reason" if last.failure.terminated else "failed. failure reason"
        state.failure_reason = f"{last.failing.kind} block {verb}: {last.failure.reason}"


def _stop(state: Progress, cut: datetime, status: str, timing: Timing) -> None:
    state.status, state.finished, state.modified = status, cut, cut
    state.retry_pending, state.next_attempt_at = False, None
    state.failure = state.failing = state.failure_reason = None
    ends = [t.end for top in state.steps for t in top.walk() if t.end != NEVER]
    state.ended = max([cut, *ends])
    if status == "timed_out":
        limit = timing.max_minutes or 0
        unit = "minute" if limit == 1 else "minutes"
        reason = f"Workflow run exceeded max elapsed runtime limit of {limit} {unit}."
        state.failure_reason, state.failure = reason, Failure(reason)


def _failed_in_setup(run: Run) -> Progress:
    reason = f"Setup workflow failed. failure reason: {run.setup_failure}"
    moment = run.created_at + timedelta(milliseconds=40)
    return Progress(
        status="failed",
        attempt=1,
        retry_pending=False,
        next_attempt_at=None,
        queued=None,
        started=None,
        finished=moment,
        modified=moment,
        ended=moment,
        now=moment,
        steps=[],
        attempts=[],
        failure=Failure(reason, "PARAMETER_BINDING_ERROR"),
        failure_reason=reason,
    )
