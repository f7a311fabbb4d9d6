"""Marks the runs that go on far past their limit: upstream never says that a run was orphaned."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.models import Revision
from runs.mirror.writing import writing
from runs.models import Run

LIMIT = timedelta(minutes=240)
"""Upstream's own, where a run has none."""
TOLERANCE = 1.25
LONGEST_WAIT = timedelta(hours=1)
"""To be started at all."""


def mark() -> None:
    """Set `stuck_at` where it is due. The mirror clears it when the run changes."""
    now = timezone.now()
    live = Run.objects.live().filter(stuck_at=None).defer("raw")
    stuck = [run.run_id for run in live if _is_stuck(run, now)]
    if stuck:
        with writing("runs"):
            found = Run.objects.live().filter(pk__in=stuck, stuck_at=None)
            if found.update(stuck_at=now, changed_at=now):
                Revision.bump("runs")


def _is_stuck(run: Run, now: datetime) -> bool:
    """Running past 1.25 times its limit, or an hour without being started.

    A paused run waits for a person, and one that waits for its retry has a time of its own.
    """
    if run.status == "running" and run.started_at is not None:
        minutes = run.max_elapsed_minutes
        limit = timedelta(minutes=minutes) if minutes else LIMIT
        return now - run.started_at > TOLERANCE * limit
    return run.status in ("created", "queued") and now - run.created_at > LONGEST_WAIT
