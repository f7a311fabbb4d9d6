"""Agents as a list and in figures: pages by title, their last runs, how long they take."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from runs import rollups
from runs.models import Run, Workflow
from runs.rollups import Trend

STRIP = 20
TIMED = 100
RUN_FIELDS = ("run_id", "workflow_id", "status", "phase", "created_at", "started_at", "finished_at")


@dataclass(frozen=True)
class Record:
    """An agent with its last runs, newest first, and its last week against the one before."""

    workflow: Workflow
    runs: list[Run] = field(default_factory=list)
    trend: Trend | None = None

    @property
    def last(self) -> Run | None:
        return self.runs[0] if self.runs else None

    @property
    def judged(self) -> int:
        """Those that completed or failed: a canceled one says nothing of its agent."""
        return sum(run.phase in (Run.Phase.COMPLETED, Run.Phase.FAILED) for run in self.runs)

    @property
    def succeeded(self) -> int:
        return sum(run.phase == Run.Phase.COMPLETED for run in self.runs)


def search(text: str, state: str) -> QuerySet[Workflow]:
    """`state` is "" for the ones that can be launched, "gone" for the others, "all" for both."""
    found = Workflow.objects.order_by("title", "wpid")
    if state == "":
        found = found.filter(deleted_at=None, seen_at__isnull=False)
    elif state == "gone":
        found = found.filter(Q(deleted_at__isnull=False) | Q(seen_at=None))
    if text:
        named = Q(title__icontains=text) | Q(wpid=text) | Q(description__icontains=text)
        found = found.filter(named)
    return found


def after(found: QuerySet[Workflow], wpid: str) -> QuerySet[Workflow]:
    """What comes behind that agent; everything if it is not known (any more)."""
    edge = Workflow.objects.filter(pk=wpid).values_list("title", flat=True).first()
    if edge is None:
        return found
    return found.filter(Q(title__gt=edge) | Q(title=edge, wpid__gt=wpid))


def records(found: QuerySet[Workflow]) -> list[Record]:
    """Three queries, however many agents and runs there are.

    The first finds the place of each agent's twentieth newest run, the second reads only the
    runs since: a window function would read every run there ever was. The third reads figures.
    """
    twentieth = Run.objects.filter(workflow=OuterRef("pk")).newest()
    edge = Subquery(twentieth.values("place")[STRIP - 1 : STRIP])
    workflows = list(found.defer("raw", "parameters").annotate(edge=edge))
    runs = _since({workflow.pk: workflow.edge for workflow in workflows})
    trends = rollups.weeks(
        [one.pk for one in workflows], timezone.now(), timezone.get_current_timezone()
    )
    return [
        Record(workflow, runs[workflow.pk][:STRIP], trends[workflow.pk]) for workflow in workflows
    ]


def record(workflow: Workflow) -> Record:
    return Record(workflow, list(workflow.runs.newest().only(*RUN_FIELDS)[:STRIP]))


def _since(edges: dict[str, int | None]) -> defaultdict[str, list[Run]]:
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    if not edges:
        return runs
    wanted = reduce(
        or_,
        (
            Q(workflow_id=wpid, place__gte=edge) if edge else Q(workflow_id=wpid)
            for wpid, edge in edges.items()
        ),
    )
    for run in Run.objects.filter(wanted).newest().only(*RUN_FIELDS):
        runs[str(run.workflow_id)].append(run)
    return runs


@dataclass(frozen=True)
class Timing:
    """Over the last completed runs."""

    of: int
    median: timedelta | None = None
    p95: timedelta | None = None


def timing(workflow: Workflow) -> Timing:
    completed = workflow.runs.filter(status="completed", started_at__isnull=False)
    times = completed.exclude(finished_at=None).newest().values_list("started_at", "finished_at")
    return timing_of([end - start for start, end in times[:TIMED] if start and end])


def timing_of(spans: Sequence[timedelta]) -> Timing:
    """The nearest rank: both are times that really were taken."""
    if not spans:
        return Timing(0)
    ordered = sorted(spans)

    def rank(share: float) -> timedelta:
        return ordered[math.ceil(share * len(ordered)) - 1]

    return Timing(len(ordered), rank(0.5), rank(0.95))
