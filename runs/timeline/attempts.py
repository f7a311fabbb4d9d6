"""The attempts of a run that Skyvern retried by itself: what is told of each, and its heading."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from runs.timeline.headings import over
from runs.timeline.step import Step
from runs.timeline.values import array, moment, objects, text, whole

MOST = 100


@dataclass(frozen=True)
class Attempt:
    """Times are UTC; `finished` is None while it is at work."""

    number: int
    status: str = ""
    reason: str = ""
    error_codes: list[str] = field(default_factory=list)
    started: datetime | None = None
    finished: datetime | None = None

    def holds(self, at: datetime, grace: timedelta) -> bool:
        """Whether it was at work then, or had ended no longer than `grace` before."""
        if self.started is None or at < self.started:
            return False
        return self.finished is None or at <= self.finished + grace


def read(found: Any) -> list[Attempt]:
    """By number, of each the last that is told; no more than MOST."""
    known: dict[int, Attempt] = {}
    for told in objects(found)[:MOST]:
        if (number := whole(told.get("attempt_number"))) is not None and number > 0:
            known[number] = Attempt(
                number=number,
                status=text(told.get("status")),
                reason=text(told.get("failure_reason")),
                error_codes=[text(code) for code in array(told.get("error_codes"))],
                started=moment(told.get("started_at")),
                finished=moment(told.get("finished_at")),
            )
    return [known[number] for number in sorted(known)]


def headed(made: dict[int, list[Step]], told: list[Attempt], now: datetime) -> list[Step]:
    """The steps as they are if there was one attempt, else under a heading for each attempt."""
    known = {attempt.number: attempt for attempt in told}
    numbers = sorted({*made, *known})
    if len(numbers) < 2:
        return [step for steps in made.values() for step in steps]
    headings: list[Step] = []
    for number in numbers:
        heading = _heading(known.get(number) or Attempt(number), made.get(number, []), now)
        if headings:
            heading.note = _waited(headings[-1], heading)
        headings.append(heading)
    return headings


def _heading(told: Attempt, children: list[Step], now: datetime) -> Step:
    step = over(f"attempt-{told.number}", "attempt", f"Attempt {told.number}", children)
    step.status = told.status or step.status
    step.reason, step.error_codes = told.reason, told.error_codes
    if told.started is not None:
        end = told.finished or (now if step.status in ("running", "paused") else step.ended)
        step.started = told.started
        step.seconds = max((end - told.started).total_seconds(), 0.0) if end else None
    return step


def _waited(before: Step, after: Step) -> str:
    """How long nothing happened in between: "after waiting 5 s"; "" if that is not known."""
    if before.ended is None or after.started is None:
        return ""
    seconds = (after.started - before.ended).total_seconds()
    if seconds < 0.5:
        return ""
    if seconds < 100:
        return f"after waiting {seconds:.0f} s"
    return f"after waiting {seconds / 60:.0f} min"
