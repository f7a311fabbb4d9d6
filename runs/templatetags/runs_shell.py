"""What the shell shows of runs and agents: the live count, and jump matches."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context, RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runs import failures
from runs.models import Run, Workflow

register = template.Library()

SHOWN = 8
COUNTED = 1000


@register.simple_tag(takes_context=True)
def live_runs_count(context: Context, *, oob: bool = False) -> SafeString:
    """The badge of the rail: how many runs are live; empty when none is."""
    count = 0
    if context["sees_runs"]:
        count = Run.objects.live().order_by().values("place")[:COUNTED].count()
    return _badge("live", count, oob=oob)


@register.simple_tag(takes_context=True)
def new_failures_count(context: Context, *, oob: bool = False) -> SafeString:
    """Likewise how many failures are new or back again."""
    return _badge("new", failures.unseen(COUNTED) if context["sees_runs"] else 0, oob=oob)


def _badge(what: str, count: int, *, oob: bool) -> SafeString:
    text = f"{count:,}" if count < COUNTED else f"{COUNTED - 1}+"
    shown = format_html('{}<span class="visually-hidden"> {}</span>', text, what) if count else ""
    swap = SafeString(' hx-swap-oob="true"') if oob else ""
    return format_html('<span class="nav-count" id="nav-{}"{}>{}</span>', what, swap, shown)


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
