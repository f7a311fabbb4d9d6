"""Walks through the whole history at a gentle pace, again and again, to heal what was missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from runs import mirror
from runs.mirror.workflows import SEEN_EVERY
from runs.models import Run
from runs.tasks import tags
from runs.tasks.live import ask

PAGE = 200
FIRST_PAGES = 5
"""Pages a tick while the first back-fill goes on."""
LATER_PAGES = 2
REST = timedelta(hours=1)
"""Between two walks."""
MOST_SUSPECTS = 500
CHECKS = 10
"""Single calls a tick, to make sure that a run is really gone."""


def walk(lease: Lease) -> None:
    """One portion. `cursor`: page, runs (so far), started, finished, done (once), suspects."""
    cursor = lease.cursor
    if cursor.get("suspects"):
        _check(lease)
    elif not _is_resting(cursor.get("finished")):
        _read_pages(lease)


def _is_resting(finished: str | None) -> bool:
    return finished is not None and abs(timezone.now() - datetime.fromisoformat(finished)) < REST


def _read_pages(lease: Lease) -> None:
    """Read some pages; the next portion begins with the last of them again.

    Rows shift from page to page while runs begin and vanish, so pages of different portions
    overlap.
    """
    cursor = lease.cursor
    if "started" not in cursor:
        cursor.update(started=timezone.now().isoformat(), page=1, runs=0, finished=None)
    first, count = cursor["page"], LATER_PAGES if cursor.get("done") else FIRST_PAGES
    for page in range(first, first + count):
        asked = timezone.now()
        rows = lease.call(connect().workflow_runs, page=page, page_size=PAGE)
        mirror.save_runs(rows, seen_at=asked)
        tags.refresh(lease, [row.workflow_run_id for row in rows])
        cursor.update(page=page, runs=(page - 1) * PAGE + len(rows))
        if len(rows) < PAGE:
            _finish(lease)
            return
        lease.save_cursor()


def _finish(lease: Lease) -> None:
    """The walk is complete: what it did not see may be gone."""
    cursor = lease.cursor
    unseen = datetime.fromisoformat(cursor.pop("started")) - SEEN_EVERY
    suspects = Run.objects.filter(run_id__startswith="wr_", missing_at=None, seen_at__lt=unseen)
    cursor.update(
        done=True,
        finished=timezone.now().isoformat(),
        suspects=list(suspects.values_list("run_id", flat=True)[:MOST_SUSPECTS]),
    )


def _check(lease: Lease) -> None:
    suspects = lease.cursor["suspects"]
    for run_id in suspects[:CHECKS]:
        if not ask(lease, run_id):
            mirror.mark_missing(run_id, timezone.now())
    lease.cursor["suspects"] = suspects[CHECKS:]
