"""Whether the files of a run are there, and why not."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from runs.failure import SETUP
from runs.models import Artifact, Run, RunDetail

SETTLES = timedelta(minutes=1)
"""After the end of a run its last files are written."""


class State(StrEnum):
    """Whether files of one kind are there, and why not; _absence.html says it in words."""

    READY = "ready"
    UNREAD = "unread"
    WAITING = "waiting"
    ARCHIVED = "archived"
    GONE = "gone"
    """Skyvern had the run once, and has it no more."""

    # Those that were never made:
    SETUP = "setup"
    TASK = "task"
    UNSTARTED = "unstarted"
    SHARED = "shared"
    NO_PAGE = "no page"
    UNTOLD = "untold"
    """Pages were opened, and still there is none."""


def state_of(run: Run, detail: RunDetail | None, files: list[Artifact]) -> State:
    """Of the files of one kind."""
    if files:
        if all(file.is_out_of_reach for file in files):
            return State.ARCHIVED
        is_gone = run.missing_at is not None and not any(file.kept for file in files)
        return State.GONE if is_gone else State.READY
    if run.is_final and run.failure_reason.startswith(SETUP):
        return State.SETUP
    if run.missing_at is not None:
        return State.GONE
    if is_settling(run):
        return State.WAITING
    return State.UNREAD if detail is None else _never(run)


def recording_state(
    run: Run, detail: RunDetail | None, files: list[Artifact], *, opened: bool
) -> State:
    """`opened`: whether a page was, as far as the screenshots tell."""
    if run.is_live:
        return State.WAITING
    is_kept = any(file.kept for file in files)
    if detail is not None and detail.recording_archived and not is_kept:
        return State.ARCHIVED
    found = state_of(run, detail, files)
    if found is State.NO_PAGE and is_shared(detail):
        return State.SHARED
    return State.UNTOLD if found is State.NO_PAGE and opened else found


def is_settling(run: Run) -> bool:
    """Whether files may still come: it is live, or ended less than a minute ago."""
    return run.is_live or (
        run.finished_at is not None and abs(timezone.now() - run.finished_at) < SETTLES
    )


def is_shared(detail: RunDetail | None) -> bool:
    """Whether it ran in a browser that is not its own, as far as its request tells."""
    asked = detail.request if detail is not None and isinstance(detail.request, dict) else {}
    return any(asked.get(name) for name in ("browser_session_id", "browser_address"))


def _never(run: Run) -> State:
    if run.workflow_id is None:
        return State.TASK
    return State.UNSTARTED if run.started_at is None else State.NO_PAGE


def recorded(run: Run, detail: RunDetail | None, file: Artifact, *, is_over: bool) -> State:
    """Of one recording: it is complete when its attempt is over, which the run may not be."""
    if run.is_live and not is_over:
        return State.WAITING
    if detail is not None and detail.recording_archived and not file.kept:
        return State.ARCHIVED
    return state_of(run, detail, [file])
