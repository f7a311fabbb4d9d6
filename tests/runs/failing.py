"""What the tests of failures share: runs that failed, and the groups that they are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from dashboard.skyvern.schema import WorkflowRun, read
from runs import failures, mirror

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def told(number: int, reason: str | None = "It broke.", **more: Any) -> WorkflowRun:
    """Run `number`, created so many minutes after noon, that failed unless told otherwise."""
    created = NOON + timedelta(minutes=number)
    row = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Agent",
        "status": "failed",
        "failure_reason": reason,
        "created_at": created.isoformat(),
        "started_at": created.isoformat(),
        "finished_at": (created + timedelta(seconds=5)).isoformat(),
        "modified_at": (created + timedelta(seconds=5)).isoformat(),
    }
    return read(WorkflowRun, row | more)


def save(*found: WorkflowRun) -> None:
    mirror.save_runs(found, seen_at=timezone.now())


def later(seconds: int, number: int) -> dict[str, str]:
    at = NOON + timedelta(minutes=number, seconds=seconds)
    return {"modified_at": at.isoformat()}


def groups() -> list[tuple[str, int]]:
    return list(failures.listed().order_by("pk").values_list("shape", "runs"))
