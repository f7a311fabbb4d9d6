"""Failures: the same one once, how often it happened, and what is known of it."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs import evidence, failure, failures
from runs.models import FailureGroup, Run, RunDetail
from runs.rollups import utc_days
from runs.timeline import shape
from runs.views.run_detail import failure_shot

DAY = 86_400
SAMPLES = 10
LOOKED_AT = 200
"""Newest runs of a group whose schedules are told."""
MERGEABLE = 30
FIELDS = (
    *("run_id", "place", "title", "status", "phase", "created_at", "failure_reason"),
    *("retry_pending", "started_at", "finished_at", "trigger_type", "schedule_id"),
)


def token(request: HttpRequest, *_: Any, **__: Any) -> str:
    """Moves with the mirror, what people say, and the day that the bars end with."""
    may = int(request.user.has_perm("runs.triage_failure"))
    moved = Revision.of("runs", "failures")
    return f"{moved}|{int(time.time()) // DAY}|{may}|{request.get_full_path()}"


@depends_on("runs", "failures")
@needs("runs.view_run")
@require_safe
@ptag(token)
def failure_list(request: HtmxRequest) -> HttpResponse:
    """`?state=`, `?agent=` id, `?q=` text, `?mine=1`, `?older=`: see `failures.Wanted`."""
    wanted = failures.Wanted.read(request.GET)
    page = failures.page(wanted, request.user.pk)
    here = reverse("runs:failure_list")
    context = {
        "wanted": wanted,
        "page": page,
        "states": failures.STATES.items(),
        "first_url": here + wanted.query(),
        "older_url": here + wanted.query(older=page.older) if page.older else "",
        "token": token(request),
    }
    name = "failures/failure_list.html#table" if request.htmx else "failures/failure_list.html"
    return render(request, name, context)


@depends_on("runs", "failures")
@needs("runs.view_run")
@require_safe
@ptag(token)
def failure_detail(request: HtmxRequest, pk: int) -> HttpResponse:
    groups = FailureGroup.objects.select_related("workflow", "owner", "merged_into")
    group = get_object_or_404(groups.defer("workflow__raw", "workflow__parameters"), pk=pk)
    if group.merged_into is not None:
        return redirect(group.merged_into)
    name = "failures/failure_detail.html#live" if request.htmx else "failures/failure_detail.html"
    return render(request, name, everything(group) | {"token": token(request)})


def everything(group: FailureGroup) -> dict[str, Any]:
    slots = utc_days(timezone.now())
    members = Run.objects.filter(failure_group=group, failure_group__isnull=False).newest()
    others = failures.listed().filter(workflow=group.workflow_id).exclude(pk=group.pk)
    return {
        "group": group,
        "slots": slots,
        "days": failures.by_day([group.pk], slots)[group.pk],
        "runs": list(members.only(*FIELDS)[:SAMPLES]),
        "newest": newest(group),
        "schedules": schedules(members),
        "merged": list(group.merged.all()),
        "others": list(others.order_by("-last_at", "-pk")[:MERGEABLE]),
    }


def newest(group: FailureGroup) -> dict[str, Any]:
    """Its newest run, with where that failed and what was on screen then."""
    run = Run.objects.defer("raw").filter(pk=group.newest).first()
    if run is None:
        return {}
    detail = RunDetail.objects.defer("outputs").filter(pk=run.pk).first()
    found, tried = (detail.timeline, detail.attempts) if detail else ([], [])
    steps = shape(found, now=timezone.now(), tried=tried)
    artifacts = list(run.artifacts.all()[: evidence.MAX_FILES + 1])
    files = evidence.of_run(run, detail, artifacts, steps)
    why = failure.of_run(run, detail, steps)
    return {"run": run, "failure": why, "shot": failure_shot(why, files)}


def schedules(members: Any) -> list[tuple[str, int]]:
    """Of the newest runs: the schedules that started them, and how many each; most first."""
    counts: dict[str, int] = {}
    for schedule_id in members.values_list("schedule_id", flat=True)[:LOOKED_AT]:
        if schedule_id:
            counts[schedule_id] = counts.get(schedule_id, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])[:5]
