"""The agents: the list with how each has done lately, and one agent in full."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs import agents, rollups
from runs.models import Workflow
from runs.parameters import read

HOUR = 3600
PAGE_SIZE = 50
RUNS_SHOWN = 10
STATES = {"": "Can be launched", "gone": "Deleted or unlisted", "all": "All"}
RUN_FIELDS = (
    *agents.RUN_FIELDS,
    *("title", "failure_reason", "category", "trigger_type", "schedule_id", "attempt"),
    *("retry_pending", "next_attempt_at", "missing_at", "stuck_at"),
)


def token(request: HttpRequest, wpid: str = "") -> str:
    """Moves with the mirror, and with the hour and zone that its figures are told by."""
    may = int(request.user.has_perm("runs.launch_run"))
    clock = f"{int(time.time()) // HOUR}{timezone.get_current_timezone_name()}"
    moved = Revision.of("runs", "workflows", "schedules")
    return f"{moved}|{clock}|{may}|{request.get_full_path()}"


@depends_on("runs", "workflows", "schedules")
@needs("runs.view_workflow")
@require_safe
@ptag(token)
def agent_list(request: HtmxRequest) -> HttpResponse:
    """`?q=` text, `?state=` "gone" or "all", `?after=` the last id of the page before."""
    template = "agents/agent_list.html#table" if request.htmx else "agents/agent_list.html"
    return render(request, template, rows(request))


def rows(request: HttpRequest) -> dict[str, Any]:
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    start = request.GET.get("after", "").replace("\0", "")[:128]
    found = agents.search(text, state)
    shown = agents.records(agents.after(found, start)[: PAGE_SIZE + 1])
    more = len(shown) > PAGE_SIZE
    shown = shown[:PAGE_SIZE]
    return {
        "records": shown,
        "text": text,
        "state": state,
        "states": STATES.items(),
        "start": start,
        "filtered": bool(text or state),
        "first_url": url(text, state),
        "next_url": url(text, state, shown[-1].workflow.pk) if more else "",
        "token": token(request),
    }


def url(text: str, state: str, after: str = "") -> str:
    query = {"q": text, "state": state, "after": after}
    written = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('runs:agent_list')}?{written}" if written else reverse("runs:agent_list")


@depends_on("runs", "workflows", "schedules")
@needs("runs.view_workflow")
@require_safe
@ptag(token)
def agent_detail(request: HtmxRequest, wpid: str) -> HttpResponse:
    workflow = get_object_or_404(Workflow, pk=wpid)
    template = "agents/agent_detail.html#live" if request.htmx else "agents/agent_detail.html"
    return render(request, template, everything(workflow) | {"token": token(request)})


def everything(workflow: Workflow) -> dict[str, Any]:
    now = timezone.now()
    days = rollups.last_days(now, timezone.get_current_timezone())
    hours = rollups.last_hours(now)
    by_day = rollups.by_agent([workflow.pk], days)[workflow.pk]
    return {
        "workflow": workflow,
        "parameters": read(workflow.parameters),
        "definition": workflow.raw.get("workflow_definition"),
        "record": agents.record(workflow),
        "timing": agents.timing(workflow),
        "trend": rollups.halves(by_day),
        "spans": [
            (f"Last {len(days)} days", days, by_day),
            ("Last 24 hours", hours, rollups.by_agent([workflow.pk], hours)[workflow.pk]),
        ],
        "runs": list(workflow.runs.newest().only(*RUN_FIELDS)[:RUNS_SHOWN]),
    }
