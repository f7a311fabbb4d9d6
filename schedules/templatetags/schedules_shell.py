"""What the shell shows of schedules: the fires that come, and jump matches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.db.models import Exists, Q
from django.template.context import RequestContext
from django.utils import timezone

from schedules.models import Schedule
from schedules.outlook import off_notes

register = template.Library()

SHOWN = 8


@register.inclusion_tag("dashboard/_upcoming.html")
def overview_upcoming() -> dict[str, Any]:
    """The schedules that fire within 24 h, soonest first, and where on the day they fall."""
    now = timezone.now()
    day = timedelta(hours=24)
    soon = (
        Schedule.objects.active()
        .filter(next_run_at__gte=now, next_run_at__lt=now + day)
        .exclude(Exists(off_notes()))
        .order_by("next_run_at")
        .select_related("workflow")
        .defer("raw", "workflow__raw", "workflow__parameters")[:200]
    )
    fires = [
        {"schedule": schedule, "x": round((schedule.next_run_at - now) / day * 960)}
        for schedule in soon
        if schedule.next_run_at is not None
    ]
    return {"fires": fires, "shown": fires[:SHOWN], "more": len(fires) - SHOWN}


@register.inclusion_tag("dashboard/_jump_group.html", takes_context=True)
def jump_schedules(context: RequestContext, query: str) -> dict[str, Any]:
    found: list[Schedule] = []
    if context.request.user.has_perm("schedules.view_schedule"):
        named = Q(name__icontains=query) | Q(workflow__title__icontains=query)
        present = Schedule.objects.present().filter(named)
        found = list(present.defer("raw")[:SHOWN])
    return {"label": "Schedules", "icon": "calendar-clock", "found": found}
