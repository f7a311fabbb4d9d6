"""What the shell shows of schedules: the fires that come, and jump matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.db.models import Q
from django.template.context import Context, RequestContext
from django.utils import timezone

from runs.models import Workflow
from schedules.coming import DAY, coming
from schedules.ledger import book
from schedules.models import Schedule
from schedules.outlook import switched_off
from schedules.silence import from_note

register = template.Library()

SHOWN = 6
MOST_MISSED = 1000
WIDTH, BASE = 960, 27


@register.inclusion_tag("dashboard/_upcoming.html")
def overview_upcoming() -> dict[str, Any]:
    """The fires of the coming 24 h: where on the day they fall, and whose is the next."""
    now = timezone.now()
    found = coming(now)
    minutes = Counter(fire.replace(second=0, microsecond=0) for one in found for fire in one.fires)
    agents = Workflow.objects.only("title").in_bulk(
        [one.schedule.workflow_id for one in found[:SHOWN]]
    )
    busiest = max(minutes, key=lambda minute: minutes[minute], default=None)
    return {
        "shown": [(one, agents.get(one.schedule.workflow_id)) for one in found[:SHOWN]],
        "schedules": len(found),
        "fires": minutes.total(),
        "more": len(found) - SHOWN,
        "ribbon": _ribbon(minutes, now),
        "busiest": busiest,
        "at_once": minutes[busiest] if busiest else 0,
        "hours": [now + timedelta(hours=hours) for hours in (6, 12, 18)],
        "off": "" if found else switched_off(),
        "missed": book.missed(now - DAY, now, MOST_MISSED),
        "most_missed": MOST_MISSED,
    }


def _ribbon(minutes: Mapping[datetime, int], now: datetime) -> str:
    """The path of the ticks; a tick is the taller the more fires share its minute."""
    return "".join(
        f"M{max(0, round((minute - now) / DAY * WIDTH))} {BASE}v-{min(8 + 5 * many, BASE - 2)}"
        for minute, many in sorted(minutes.items())
    )


@register.inclusion_tag("schedules/_silence.html", takes_context=True)
def silence_banner(context: Context, *, oob: bool = False) -> dict[str, Any]:
    """Whether nothing fires any more, for those who may see schedules."""
    note = context["health"].cursors.get("ledger", {}).get("silence", {})
    found = from_note(note, timezone.now()) if context["sees_schedules"] else None
    return {"silence": found, "oob": oob}


@register.inclusion_tag("dashboard/_jump_group.html", takes_context=True)
def jump_schedules(context: RequestContext, query: str) -> dict[str, Any]:
    found: list[Schedule] = []
    if context.request.user.has_perm("schedules.view_schedule"):
        named = Q(name__icontains=query) | Q(workflow__title__icontains=query)
        present = Schedule.objects.present().filter(named)
        found = list(present.defer("raw")[:SHOWN])
    return {"label": "Schedules", "icon": "calendar-clock", "found": found}
