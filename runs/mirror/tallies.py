"""Keeps the hourly figures of each agent true while its runs change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Sum, Value
from django.db.models.functions import Coalesce, TruncHour

from dashboard.models import Revision
from runs.mirror.sums import add
from runs.mirror.writing import writing
from runs.models import Run, Tally

type Key = tuple[str, datetime, str]

NO_AGENT = ""
KEYS, FIGURES = ("workflow", "hour", "phase"), ("runs", "timed", "duration_ms")
_COLUMNS = "workflow_id, hour, phase, runs, timed, duration_ms"


class Counted(NamedTuple):
    """What one run adds to which figure."""

    key: Key
    duration_ms: int | None


def counted(run: Run) -> Counted | None:
    """None for a run that is not in the database yet."""
    if not run.status:
        return None
    hour = run.created_at.replace(minute=0, second=0, microsecond=0)
    return Counted((run.workflow_id or NO_AGENT, hour, run.phase), run.duration_ms)


def move(changes: Iterable[tuple[Counted | None, Counted | None]]) -> None:
    """Take away what each run added before and add what it adds now; within `writing`."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for before, after in changes:
        if before == after:
            continue
        for one, sign in ((before, -1), (after, 1)):
            if one is not None:
                moved = sums[one.key]
                moved[0] += sign
                moved[1] += sign * (one.duration_ms is not None)
                moved[2] += sign * (one.duration_ms or 0)
    if rows := [(*key, *moved) for key, moved in sorted(sums.items()) if any(moved)]:
        add(Tally, KEYS, FIGURES, rows)


def rebuild() -> int:
    """Count all runs anew, for when their rows were changed past the mirror; how many figures."""
    figures = Run.objects.order_by().values_list(
        Coalesce("workflow_id", Value(NO_AGENT)), TruncHour("created_at", tzinfo=UTC), "phase"
    )
    figures = figures.annotate(
        runs=Count("pk"), timed=Count("duration_ms"), spent=Coalesce(Sum("duration_ms"), Value(0))
    )
    select, values = figures.query.sql_with_params()
    with writing("runs"):
        Tally.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO runs_tally ({_COLUMNS}) {select}", values)
        Revision.bump("runs")
        return Tally.objects.count()
