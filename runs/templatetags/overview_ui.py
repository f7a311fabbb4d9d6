"""The cards of the overview that are about runs: what is live, what failed, how the agents do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from runs import rollups
from runs.models import Run, RunQuerySet, Workflow
from runs.rollups import Failing, Figures, Slots, Trend

register = template.Library()

SHOWN = 8
FAILING_SHOWN = 6
STUCK_SHOWN = 3
LOOKED_AT = 40
"""Agents whose newest run is looked up; the hourly figures say which those may be."""
FIELDS = (
    *("run_id", "title", "status", "phase", "created_at", "failure_reason", "workflow_id"),
    *("workflow__title", "workflow__deleted_at"),
)


@register.inclusion_tag("dashboard/_running.html")
def overview_running() -> dict[str, Any]:
    """The newest live runs, and how many there are."""
    runs = list(shown(Run.objects.live())[:SHOWN])
    count = max(rollups.live(), len(runs))
    return {"runs": runs, "count": count, "more": count - len(runs)}


def shown(runs: RunQuerySet) -> QuerySet[Run]:
    """Newest first, with no more of each than a line needs."""
    return runs.newest().select_related("workflow").only(*FIELDS)


@dataclass(frozen=True)
class Group:
    """An agent's failures of the day; `run` is the newest."""

    run: Run
    failed: int


@dataclass(frozen=True)
class Day:
    """What both cards tell of the last day, as it is at one moment."""

    now: datetime
    slots: Slots
    failing: list[Failing]


@register.simple_tag
def the_day() -> Day:
    now = timezone.now()
    slots = rollups.last_hours(now)
    return Day(now, slots, rollups.failing(slots.since))


@register.inclusion_tag("dashboard/_attention.html")
def overview_attention(day: Day) -> dict[str, Any]:
    """The failures of the last day, agent by agent, those that failed last first; what is stuck."""
    figures = rollups.of_all(rollups.last_hours(day.now, 2 * rollups.DAY_HOURS))
    before, last = figures[: rollups.DAY_HOURS], figures[rollups.DAY_HOURS :]
    stuck = Run.objects.live().filter(stuck_at__isnull=False)
    return {
        "slots": day.slots,
        "hours": last,
        "trend": Trend(rollups.total(last), rollups.total(before)),
        "groups": groups(day.failing),
        "more": len(day.failing) - FAILING_SHOWN,
        "stuck": shown(stuck)[:STUCK_SHOWN],
    }


def groups(failing: Sequence[Failing]) -> list[Group]:
    """Those whose newest failed run is the newest; the hours tell roughly which those are."""
    by_hour = sorted(failing, key=lambda one: (one.hour, one.failed), reverse=True)
    counts = {one.wpid: one.failed for one in by_hour[:LOOKED_AT]}
    runs = shown(newest_of(list(counts), Run.objects.failed()))
    return [Group(run, counts[run.workflow_id or ""]) for run in runs[:FAILING_SHOWN]]


def newest_of(wpids: Sequence[str], runs: RunQuerySet) -> RunQuerySet:
    """The newest of these runs of each agent ("": of none): a seek for each."""
    own = runs.filter(workflow=OuterRef("pk")).newest().values("place")[:1]
    places = Workflow.objects.filter(pk__in=wpids).values_list(Subquery(own), flat=True)
    found = set(places.order_by())
    if "" in wpids:
        found |= set(runs.filter(workflow=None).newest().values_list("place", flat=True)[:1])
    return Run.objects.filter(place__in=found - {None})


@dataclass(frozen=True)
class Agent:
    """`days` are its figures day by day, `failed` are its failures of the last day."""

    workflow: Workflow
    last: Run | None
    failed: int
    days: list[Figures]

    @property
    def trend(self) -> Trend:
        """The last seven days against the seven before."""
        return rollups.halves(self.days)


@register.inclusion_tag("dashboard/_agents.html")
def overview_agents(day: Day) -> dict[str, Any]:
    """Those with most failures in the last day first, then those that ran last."""
    slots = rollups.last_days(day.now, timezone.get_current_timezone())
    failed = {one.wpid: one.failed for one in day.failing}
    worst = [wpid for wpid in failed if wpid][:SHOWN]
    looked_at = list(dict.fromkeys([*worst, *latest(), *rollups.active(slots.since)]))[:LOOKED_AT]
    last = {run.workflow_id: run for run in shown(newest_of(looked_at, Run.objects.all()))}
    ids = list(dict.fromkeys([*worst, *filter(None, last)]))[:SHOWN]
    workflows = Workflow.objects.defer("raw", "parameters").in_bulk(ids)
    days = rollups.by_agent(ids, slots)
    agents = [
        Agent(workflows[wpid], last.get(wpid), failed.get(wpid, 0), days[wpid])
        for wpid in ids
        if wpid in workflows
    ]
    return {"slots": slots, "agents": agents}


def latest() -> list[str]:
    """Whose the newest runs are; a busy agent may hide others there, but not in the figures."""
    newest = Run.objects.newest().values_list("workflow_id", flat=True)[:LOOKED_AT]
    return [wpid for wpid in newest if wpid]
