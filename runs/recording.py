"""Which part of a run a recording shows, and how its seconds lie on the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runs.models import Artifact, Run
from runs.timeline import Step, Timeline
from runs.timeline.attempts import Attempt

UPLOAD = timedelta(minutes=2)
"""So long after an attempt its recording may still be listed."""
MOST_MARKS = 80
CUT = ("canceled", "timed_out")
"""Ends that a browser outlives: its block goes on to its own end."""


@dataclass(frozen=True)
class Clock:
    """Between when and when its first picture was taken, and when the browser closed; all UTC,
    None where not known. A player that knows its length counts back from `closed`."""

    earliest: datetime | None
    latest: datetime | None
    closed: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether it can show that moment, as far as is known."""
        begun = self.earliest is None or at >= self.earliest
        return begun and (self.closed is None or at <= self.closed)


@dataclass(frozen=True)
class Marks:
    blocks: list[Step]
    begun: list[datetime]
    """When each block, nested ones too, began."""


def began(run: Run, tried: list[Attempt]) -> datetime | None:
    """When the run first began: upstream's own time of that moves with each attempt."""
    known = [at.started for at in tried if at.started] + [run.started_at or run.created_at]
    return min(known)


def attempt_of(file: Artifact, run: Run, tried: list[Attempt]) -> Attempt:
    """The attempt in which the file was made, else the last one, else the run as a whole."""
    made = file.created_at
    holding = [one for one in tried if made is not None and one.holds(made, UPLOAD)]
    if holding:
        return holding[-1]
    if len(tried) > 1:
        return tried[-1]
    finished = run.finished_at if run.is_final else None
    return Attempt(1, run.status, started=run.started_at, finished=finished)


def marks(steps: Timeline, attempt: Attempt, *, headed: bool) -> Marks:
    """The blocks of one attempt; those on top can be jumped to."""
    top = steps.steps
    if headed:
        top = next((one.children for one in top if one.key == f"attempt-{attempt.number}"), [])
    blocks = [step for step in top if step.kind == "block" and step.started]
    within = [step for one in top for step in one.walk() if step.kind == "block"]
    return Marks(blocks[:MOST_MARKS], [step.started for step in within if step.started])


def clock_of(made: datetime | None, attempt: Attempt, begun: list[datetime]) -> Clock:
    """Where it lies in time; `made` is when upstream listed it, `begun` when its blocks started.

    What is true of real servers (1.0.56 and 1.0.50), by the times of 14 of their runs:
    - The browser starts in the first block that needs a page, and the video with its page:
      Playwright counts every picture from there (videoRecorder.ts).
    - Upstream lists the file when that block ends, 1 to 5 s after the start of the block, or after
      the end of the attempt if that block failed. So the video begins between the start of the
      last block that had begun by then and that moment: two bounds, not a time.
    - The browser closes within 0.8 s after the attempt has finished, and the video ends with it,
      its last picture held for up to a second. So its end is known better than its beginning, and
      upstream itself counts back from there (video_utils.py: it spans [T - duration, T]).
    - After a cancel or a time-out the block goes on, and the browser closes when nobody can tell:
      then only the bounds of the beginning are left.
    """
    closed = attempt.finished if attempt.status not in CUT else None
    latest = min([at for at in (made, attempt.finished) if at], default=None)
    before = [at for at in begun if latest is None or at <= latest]
    earliest = max(before, default=attempt.started)
    if made is not None and attempt.finished is not None and made > attempt.finished:
        earliest = attempt.started
    return Clock(earliest, latest, closed)
