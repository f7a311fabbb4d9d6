"""The runs table: filters and page in the URL, rows that stay where they are while they live."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.skyvern.schema import STATUSES
from runs import paging
from runs.filters import GROUPS, TEXT_WINDOW, RunFilter
from runs.models import Run, Workflow
from runs.paging import Cursor, Page

PAGE_SIZE = 50
AGENT_CHOICES = 500
ROW_FIELDS = (
    "run_id",
    "workflow_id",
    "title",
    "status",
    "phase",
    "failure_reason",
    "category",
    "trigger_type",
    "schedule_id",
    "attempt",
    "retry_pending",
    "next_attempt_at",
    "created_at",
    "started_at",
    "finished_at",
    "missing_at",
    "stuck_at",
)


def token(request: HttpRequest) -> str:
    """What the page depends on; the polled rows are not made again while it stays the same."""
    verbs = ("cancel", "retry")
    may = "".join(str(int(request.user.has_perm(f"runs.{verb}_run"))) for verb in verbs)
    return f"{Revision.of('runs')}|{may}|{request.GET.urlencode()}"


@needs("runs.view_run")
@require_safe
@ptag(token)
def run_list(request: HtmxRequest) -> HttpResponse:
    if request.htmx:
        return render(request, "runs/run_list.html#table", rows(request))
    before = token(request)  # first: what changes from here on is asked for by the first poll
    context = rows(request)
    return render(
        request, "runs/run_list.html", {**context, **choices(context["filter"]), "token": before}
    )


def rows(request: HttpRequest) -> dict[str, Any]:
    """What the live region shows. New runs are announced, they do not push what is read."""
    wanted = RunFilter.read(request.GET)
    selection = wanted.apply(Run.objects.all())
    page, arrived, newest = turn(request, selection.runs.only(*ROW_FIELDS))
    base = reverse("runs:run_list")
    here = {name: request.GET[name] for name in ("older", "newer") if name in request.GET}
    return {
        "filter": wanted,
        "page": page,
        "arrived": arrived,
        "newer_cap": paging.NEWER_CAP,
        "total": paging.count(selection.runs),
        "count_cap": paging.COUNT_CAP,
        "searched_back_to": selection.searched_back_to,
        "text_window": TEXT_WINDOW,
        "here": base + wanted.query(**here),
        "newest_url": base + wanted.query(),
        "newer_url": base + wanted.query(newer=str(page.newer or "")),
        "older_url": base + wanted.query(older=str(page.older or "")),
        "poll_url": base + wanted.query(**here, since=newest),
    }


def turn(request: HttpRequest, runs: Any) -> tuple[Page, int, str]:
    """The page asked for, how many runs came since it was opened, and its newest key."""
    if (older := Cursor.parse(request.GET.get("older", ""))) is not None:
        return paging.older_than(older, runs, PAGE_SIZE), 0, ""
    if (newer := Cursor.parse(request.GET.get("newer", ""))) is not None:
        return paging.newer_than(newer, runs, PAGE_SIZE), 0, ""
    if (since := Cursor.parse(request.GET.get("since", ""))) is not None:
        page, arrived = paging.since(since, runs, PAGE_SIZE)
        return page, arrived, str(since)
    page = paging.newest(runs, PAGE_SIZE)
    return page, 0, str(Cursor.of(page.runs[0])) if page.runs else ""


def choices(wanted: RunFilter) -> dict[str, Any]:
    """What the filter form offers; a value that is filtered by is always among it."""
    statuses = list(STATUSES)
    if wanted.status and wanted.status not in (*statuses, *GROUPS):
        statuses.append(wanted.status)
    agents = list(
        Workflow.objects.filter(deleted_at=None).values_list("wpid", "title")[:AGENT_CHOICES]
    )
    if wanted.agent and wanted.agent not in dict(agents):
        agents.append((wanted.agent, wanted.agent))
    return {"groups": GROUPS.items(), "statuses": statuses, "agents": agents}
