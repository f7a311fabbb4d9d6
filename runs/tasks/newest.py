"""Finds the runs that began since the last look: newest first, until a page holds nothing new."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern import schema
from dashboard.skyvern.errors import NotFound, Unsupported
from runs import mirror
from runs.models import Run
from runs.tasks import tags

PAGE = 50
MOST_PAGES = 10
"""What is further back is for the walk through the history."""
BEGUN = timedelta(minutes=1)
"""A run this young may have tags of its launch that nobody has read."""
TASKS_EVERY = 3
"""Looks between two at `/v1/runs`, the only list with runs of single tasks."""


def refresh(lease: Lease) -> None:
    begun = timezone.now()
    for page in range(1, MOST_PAGES + 1):
        asked = timezone.now()
        rows = lease.call(connect().workflow_runs, page=page, page_size=PAGE)
        has_new = _has_new([row.workflow_run_id for row in rows])
        changed = mirror.save_runs(rows, seen_at=asked)
        young = {row.workflow_run_id for row in rows if _has_just_begun(row, asked)}
        tags.refresh(lease, sorted(young & changed))
        if not has_new or len(rows) < PAGE:
            break
    look = lease.cursor.get("look", 0)
    if look % TASKS_EVERY == 0:
        _refresh_tasks(lease)
    lease.cursor["look"] = (look + 1) % TASKS_EVERY
    lease.cursor["read_at"] = begun.isoformat()  # for the ledger: what began before is mirrored


def _has_just_begun(row: schema.WorkflowRun, now: datetime) -> bool:
    return row.created_at is not None and abs(now - row.created_at) < BEGUN


def _refresh_tasks(lease: Lease) -> None:
    for page in range(1, MOST_PAGES + 1):
        asked = timezone.now()
        try:
            rows = lease.call(connect().runs, page=page, page_size=PAGE)
        except (NotFound, Unsupported):
            return  # a server without that list has no runs that only it would tell of
        has_new = _has_new([row.run_id for row in rows])
        mirror.save_run_list(rows, seen_at=asked)
        if not has_new or len(rows) < PAGE:
            return


def _has_new(ids: list[str]) -> bool:
    return Run.objects.filter(pk__in=ids).count() < len(set(ids))
