"""What the shell shows of runs and agents: the live count, the overview's cards, jump matches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runs.models import Run, Workflow

register = template.Library()

SHOWN = 8
FAILURES_READ = 500
STRIP = 20
AGENTS_SHOWN = 8
COUNTED = 1000


@register.simple_tag(takes_context=True)
def live_runs_count(context: RequestContext, *, oob: bool = False) -> SafeString:
    """The badge of the rail: how many runs are live; empty when none is."""
    request = context.request
    count = 0
    if request.user.has_perm("runs.view_run"):
        count = Run.objects.live()[:COUNTED].count()
    text = f"{count:,}" if count < COUNTED else f"{COUNTED - 1}+"
    shown = format_html('{}<span class="visually-hidden"> live</span>', text) if count else ""
    swap = SafeString(' hx-swap-oob="true"') if oob else ""
    return format_html('<span class="nav-count" id="nav-live"{}>{}</span>', swap, shown)


@register.inclusion_tag("dashboard/_running.html")
def overview_running() -> dict[str, Any]:
    """The newest live runs, and how many more there are."""
    runs = list(Run.objects.live().newest().select_related("workflow").defer("raw")[: SHOWN + 1])
    more = Run.objects.live()[:COUNTED].count() - SHOWN if len(runs) > SHOWN else 0
    return {"runs": runs[:SHOWN], "more": more}


@register.inclusion_tag("dashboard/_attention.html")
def overview_attention() -> dict[str, Any]:
    """Failures of the last 24 h, the same agent and reason once; and what is stuck."""
    since = timezone.now() - timedelta(hours=24)
    failed = (
        Run.objects.failed()
        .filter(created_at__gte=since)
        .newest()
        .select_related("workflow")
        .defer("raw")[:FAILURES_READ]
    )
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for run in failed:
        reason = run.failure_reason.strip().split("\n", 1)[0][:200]
        key = (run.workflow_id or "", run.status, reason)
        group = groups.setdefault(key, {"run": run, "reason": reason, "count": 0})
        group["count"] += 1
    ranked = sorted(groups.values(), key=lambda group: -group["count"])
    stuck = Run.objects.live().filter(stuck_at__isnull=False).newest().select_related("workflow")
    return {
        "groups": ranked[:SHOWN],
        "more": len(ranked) - SHOWN,
        "stuck": stuck.defer("raw")[:SHOWN],
    }


@register.inclusion_tag("dashboard/_agents.html")
def overview_agents() -> dict[str, Any]:
    """The agents that ran last, each with its last runs as a strip, oldest left."""
    recent = Run.objects.newest().values_list("workflow_id", flat=True)[:COUNTED]
    ids = [wpid for wpid in dict.fromkeys(recent) if wpid][:AGENTS_SHOWN]
    found = Workflow.objects.defer("raw", "parameters").in_bulk(ids)
    return {"agents": [_with_strip(found[wpid]) for wpid in ids if wpid in found]}


def _with_strip(workflow: Workflow) -> dict[str, Any]:
    runs = list(workflow.runs.newest().only("run_id", "status", "phase", "created_at")[:STRIP])
    ended = [run for run in runs if run.is_final]
    good = sum(run.phase == Run.Phase.COMPLETED for run in ended)
    return {
        "workflow": workflow,
        "strip": runs[::-1],
        "last": runs[0],
        "good": good,
        "of": len(ended),
    }


@register.inclusion_tag("dashboard/_jump_group.html", takes_context=True)
def jump_agents(context: RequestContext, query: str) -> dict[str, Any]:
    found: list[Workflow] = []
    if context.request.user.has_perm("runs.view_workflow"):
        present = Workflow.objects.filter(deleted_at=None, title__icontains=query)
        found = list(present.defer("raw", "parameters")[:SHOWN])
    return {"label": "Agents", "icon": "bot", "found": found}


@register.inclusion_tag("dashboard/_jump_group.html", takes_context=True)
def jump_runs(context: RequestContext, query: str) -> dict[str, Any]:
    """Runs whose id starts so. A range on the key, so that it is an index seek everywhere."""
    found: list[Run] = []
    if context.request.user.has_perm("runs.view_run"):
        same = Run.objects.filter(run_id__gte=query, run_id__lt=query + "\U0010ffff")
        found = list(same.order_by("run_id").defer("raw")[:SHOWN])
    return {"label": "Runs", "icon": "play", "found": found}
