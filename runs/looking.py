"""Which step of a run is looked at, what was on screen then, and what else that decides."""

from __future__ import annotations

from dataclasses import dataclass

from runs.evidence import Evidence, Recording, Shot, Strip
from runs.models import Run
from runs.timeline import Step, Timeline, folded


@dataclass(frozen=True)
class Look:
    step: Step | None
    shot: Shot | None
    marked: set[str]
    """The ids of the screenshots that were taken in it, or else of the one that is shown of it."""
    strip: Strip
    folded: set[str]
    """The keys of the steps that start out folded."""
    recording: Recording | None
    """The one that shows it."""
    question: Step | None
    """What a paused run waits for."""


def look(run: Run, steps: Timeline, files: Evidence, key: str) -> Look:
    """At the step of that key; else at what failed, at what is at work while it is live, or at the
    last one of a run that was canceled."""
    path = steps.path_to(key) or _telling(run, steps) or _first(steps)
    step = path[-1] if path else None
    shot = shot_at(path, files) or latest(run, key, files)
    own = (files.shots_of(step) if step else []) or ([shot] if shot else [])
    return Look(
        step=step,
        shot=shot,
        marked={one.artifact.pk for one in own},
        strip=files.strip(own[0] if own else None),
        folded=folded(steps, path),
        recording=files.recording_of(step) if step else None,
        question=_question(run, steps),
    )


def _telling(run: Run, steps: Timeline) -> list[Step]:
    if run.is_live:
        return steps.current or steps.failing
    failing = steps.failing
    if run.phase == Run.Phase.COMPLETED and failing and failing[0].kind == "attempt":
        return failing if failing[0] is steps.steps[-1] else []
    return failing or steps.current or (steps.last if run.phase == Run.Phase.CANCELED else [])


def _first(steps: Timeline) -> list[Step]:
    """Of a run that was retried, the attempt that made it."""
    attempted = bool(steps.steps) and steps.steps[-1].kind == "attempt"
    return steps.steps[-1:] if attempted else steps.steps[:1]


def _question(run: Run, steps: Timeline) -> Step | None:
    if run.status != "paused":
        return None
    return next((step for step in reversed(steps.current) if step.asks), None)


def shot_at(path: list[Step], files: Evidence) -> Shot | None:
    """What was on screen at the last step of a path; of a failed one without a picture, around."""
    for step in reversed(path):
        if (shot := files.shot_of(step)) is not None:
            return shot
        if not step.has_failed:
            break
    return None


def latest(run: Run, key: str, files: Evidence) -> Shot | None:
    """Of a live run where no step was chosen: what is on screen now, as far as is known."""
    return next(reversed(files.visible), None) if run.is_live and not key else None
