"""What the pages of agents show of schedules: when each fires next, and the ones of one agent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import template
from django.db.models import Min
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import when
from runs.models import Workflow
from schedules.models import Schedule

register = template.Library()

SHOWN = 20


@dataclass(frozen=True)
class Fires:
    """`visible` is whether this person may see schedules; `at` is by the agents' ids."""

    visible: bool
    at: dict[str, datetime] = field(default_factory=dict)


@register.simple_tag(takes_context=True)
def next_fires(context: RequestContext, records: Iterable[Any]) -> Fires:
    """The next fire of each record's `workflow`, in one query."""
    if not context.request.user.has_perm("schedules.view_schedule"):
        return Fires(False)
    ids = [record.workflow.pk for record in records]
    coming = Schedule.objects.active().filter(workflow__in=ids, next_run_at__gte=timezone.now())
    soonest = coming.values("workflow_id").annotate(at=Min("next_run_at"))
    return Fires(True, dict(soonest.values_list("workflow_id", "at")))


@register.simple_tag
def next_fire(fires: Fires, workflow: Workflow) -> SafeString:
    return when(fires.at.get(workflow.pk))


@register.inclusion_tag("agents/_schedules.html", takes_context=True)
def schedules_of(context: RequestContext, workflow: Workflow) -> dict[str, Any]:
    """The agent's schedules, the ones that fire soonest first."""
    user = context.request.user
    found: list[Schedule] = []
    if user.has_perm("schedules.view_schedule"):
        present = Schedule.objects.present().filter(workflow=workflow).defer("raw", "parameters")
        found = list(present.order_by("-is_active", "next_run_at", "name")[: SHOWN + 1])
    return {
        "visible": user.has_perm("schedules.view_schedule"),
        "may_add": user.has_perm("schedules.add_schedule") and workflow.can_launch,
        "workflow": workflow,
        "schedules": found[:SHOWN],
        "more": len(found) > SHOWN,
    }
