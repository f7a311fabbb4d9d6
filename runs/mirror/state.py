"""Which of two answers about one run is the later, and what a status means for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runs.models import Run

LIVE = ("created", "queued", "running", "paused")
FAILED = ("failed", "terminated", "timed_out")
KNOWN = (*LIVE, "completed", *FAILED, "canceled")


def phase_of(status: str, *, retry_pending: bool, finished_at: datetime | None) -> Run.Phase:
    """`failed` with a retry pending is not an end; an unknown status is one if it has an end."""
    if status in LIVE or (status == "failed" and retry_pending):
        return Run.Phase.LIVE
    if status in FAILED:
        return Run.Phase.FAILED
    if status in ("completed", "canceled"):
        return Run.Phase(status)
    return Run.Phase.LIVE if finished_at is None else Run.Phase.OTHER


def progress(status: str, *, attempt: int, finished_at: datetime | None) -> tuple[int, int]:
    """How far a run has come. Upstream it never shrinks: attempts count up, and inside one the
    order is created, queued, running or paused, over."""
    if status in ("created", "queued"):
        return attempt, LIVE.index(status)
    is_over = status in KNOWN[len(LIVE) :] or (status not in KNOWN and finished_at is not None)
    return attempt, 3 if is_over else 2


def supersedes(columns: Mapping[str, Any], known: Run) -> bool:
    """Whether an answer is at least as late as what is known of its run.

    Progress decides, also against a clock that jumped; `modified_at` decides between answers of
    equal progress. One without `modified_at` (a row of `/v1/runs`) counts only if it is further.
    """
    then = progress(known.status, attempt=known.attempt, finished_at=known.finished_at)
    now = progress(
        columns["status"],
        attempt=columns.get("attempt", known.attempt),
        finished_at=columns.get("finished_at"),
    )
    if now != then:
        return now > then
    told, had = columns.get("modified_at"), known.modified_at
    if told is None:
        return had is None
    return had is None or told >= had
