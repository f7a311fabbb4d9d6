"""Which files are to be kept: those of runs that have ended, as EVIDENCE_KEEP says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from runs.files import store
from runs.models import Artifact, Kept, Run, RunQuerySet, place_at

TYPES = (
    "recording",
    "screenshot_action",
    "screenshot_final",
    "screenshot_llm",
    "browser_console_log",
    "har",
    "download",
    "pdf",
)
WRITTEN = timedelta(minutes=1)
"""After its end: console log and HAR come when the browser is closed, half a minute later."""
LEFT_OFF = timedelta(minutes=4)
"""A canceled run goes on with its block; its recording comes when that ends."""
RUNS_AT_ONCE = 1_000
FILES_AT_ONCE = 2_000
REST = timedelta(hours=1)
"""Between two searches of the whole history."""


def wanted() -> RunQuerySet:
    """The runs whose files are kept, if they are not too old for it."""
    ended = Run.objects.exclude(phase=Run.Phase.LIVE)
    if settings.EVIDENCE_KEEP == "failed":
        ended = Run.objects.failed()
    return ended.filter(place__gte=oldest_place())


def oldest_place() -> int:
    """Files of runs before it are not kept."""
    if not settings.EVIDENCE_DAYS:
        return 0
    return place_at(timezone.now() - timedelta(days=settings.EVIDENCE_DAYS))


def enrol(run_ids: Iterable[str]) -> None:
    """Note which files of these runs are to be fetched."""
    if store.is_on():
        _enrol(wanted().filter(pk__in=list(run_ids)))


def _enrol(runs: RunQuerySet) -> int:
    """How many files it was, FILES_AT_ONCE at most."""
    files = Artifact.objects.filter(run__in=runs, type__in=TYPES, archived=False, keeping=None)
    known = files.select_related("run").only("run", "run__place", "run__status", "run__changed_at")
    rows = [
        Kept(artifact=file, run=file.run, place=file.run.place, lease_until=_due(file.run))
        for file in known.order_by("-run__place")[:FILES_AT_ONCE]
    ]
    Kept.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _due(run: Run) -> datetime | None:
    """When all of it will be there, if that is still to come."""
    due = run.changed_at + (LEFT_OFF if run.status == "canceled" else WRITTEN)
    now = timezone.now()
    return due if now < due < now + LEFT_OFF else None


def catch_up(cursor: dict[str, Any]) -> None:
    """The next portion of the history, newest first: the store may be younger than the runs."""
    if (done := cursor.get("finished")) and abs(timezone.now() - _moment(done)) < REST:
        return
    runs = wanted()
    if before := cursor.get("before"):
        runs = runs.filter(place__lt=before)
    places = list(runs.newest().values_list("place", flat=True)[:RUNS_AT_ONCE])
    if places and _enrol(runs.filter(place__gte=places[-1])) == FILES_AT_ONCE:
        return  # there are more of them
    is_over = len(places) < RUNS_AT_ONCE
    cursor["before"] = None if is_over else places[-1]
    cursor["finished"] = timezone.now().isoformat() if is_over else None


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)
