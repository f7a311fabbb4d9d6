"""How a run went, as its pages show it: its steps, the chosen one, its files and its failure."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from runs import evidence, failure
from runs.models import Artifact, Run, RunDetail
from runs.timeline import Step, shape


def of_run(
    run: Run, detail: RunDetail | None, artifacts: list[Artifact], step_key: str = ""
) -> dict[str, Any]:
    """For a template. `artifacts` may hold one more than evidence.MAX_FILES."""
    steps = shape(detail.timeline if detail else [], now=timezone.now())
    files = evidence.of_run(run, detail, artifacts, steps)
    path = steps.path_to(step_key) or steps.failing or steps.current
    why = failure.of_run(run, detail, steps)
    return {
        "timeline": steps,
        "selected": path[-1] if path else next(iter(steps.steps), None),
        "selected_shot": shot_at(path or steps.steps[:1], files) or latest(run, step_key, files),
        "failure": why,
        "failure_shot": failure_shot(why, files),
        "file_count": files.count,
        "files": files,
    }


def shot_at(path: list[Step], files: evidence.Evidence) -> evidence.Shot | None:
    """What was on screen at the last step of a path; of a failed one without a picture, around."""
    for step in reversed(path):
        if (shot := files.shot_of(step)) is not None:
            return shot
        if not step.has_failed:
            break
    return None


def latest(run: Run, step_key: str, files: evidence.Evidence) -> evidence.Shot | None:
    """Of a live run where no step was chosen: what is on screen now, as far as is known."""
    return files.shots[-1] if run.is_live and not step_key and files.shots else None


def failure_shot(why: failure.Failure | None, files: evidence.Evidence) -> evidence.Shot | None:
    """What was on screen when it failed, or the last thing that was."""
    if why is None:
        return None
    return shot_at(why.path, files) or next(reversed(files.shots), None)
