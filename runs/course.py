"""How a run went, as its pages show it: its steps, the one looked at, its files, its failure."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from runs import evidence, failure
from runs.looking import look, shot_at
from runs.models import Artifact, Run, RunDetail
from runs.timeline import shape


def of_run(
    run: Run, detail: RunDetail | None, artifacts: list[Artifact], step_key: str = ""
) -> dict[str, Any]:
    """For a template. `artifacts` may hold one more than evidence.MAX_FILES."""
    found, tried = (detail.timeline, detail.attempts) if detail else ([], [])
    steps = shape(found, now=timezone.now(), tried=tried)
    files = evidence.of_run(run, detail, artifacts, steps)
    why = failure.of_run(run, detail, steps)
    return {
        "timeline": steps,
        "look": look(run, steps, files, step_key),
        "failure": why,
        "failure_shot": failure_shot(why, files),
        "file_count": files.count,
        "files": files,
    }


def failure_shot(why: failure.Failure | None, files: evidence.Evidence) -> evidence.Shot | None:
    """What was on screen when it failed, or the last thing that was."""
    if why is None:
        return None
    return shot_at(why.path, files) or next(reversed(files.visible), None)
