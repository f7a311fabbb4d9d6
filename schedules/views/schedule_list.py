"""The table of schedules: soonest fire first, live, with the last fires as marks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs.models import Workflow
from schedules.ledger import book
from schedules.models import Schedule
from schedules.outlook import next_fire, switched_off
from schedules.pausing.shown import pauses_of, vitals_of
from schedules.table import STATES, Line, Wanted, recent_runs
from schedules.timing import Timing

PAGE_SIZE = 25
DAY = timedelta(days=1)


def token(request: HttpRequest) -> str:
    may = [request.user.has_perm(f"schedules.{verb}_schedule") for verb in ("change", "add")]
    tables = Revision.of("schedules", "runs", "ledger")
    return f"{tables}|{may}|{request.GET.urlencode()}"


@depends_on("schedules", "runs", "ledger")
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def schedule_list(request: HtmxRequest) -> HttpResponse:
    wanted = Wanted.read(request.GET)
    context = _table(request, wanted)
    if request.htmx:
        return render(request, "schedules/schedule_list.html#table", context)
    return render(request, "schedules/schedule_list.html", context | _choices(wanted))


def _table(request: HttpRequest, wanted: Wanted) -> dict[str, Any]:
    found = wanted.apply(Schedule.objects.present())
    found = found.order_by("-is_active", F("next_run_at").asc(nulls_last=True), "name", "pk")
    page = Paginator(found.values_list("pk", flat=True), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    shown = found.filter(pk__in=list(page.object_list))
    schedules = shown.select_related("workflow").defer(
        "raw", "parameters", "workflow__raw", "workflow__parameters"
    )
    now = timezone.now()
    ids, off = [one.pk for one in schedules], switched_off()
    recent = recent_runs(ids)
    missed = book.missed_since(ids, now - DAY)
    pauses, vitals = pauses_of(ids), vitals_of(ids)
    return {
        "off": off,
        "may_switch": not off and request.user.has_perm("schedules.change_schedule"),
        "here": quote(request.get_full_path()),
        "wanted": wanted,
        "page": page,
        "lines": [
            Line(
                one,
                Timing.of(one).words,
                None if off else next_fire(one, now),
                recent.get(one.pk, []),
                missed.get(one.pk, 0),
                None if one.enabled else pauses.get(one.pk),
                vitals.get(one.pk),
            )
            for one in schedules
        ],
        "any": bool(page.paginator.count) or Schedule.objects.present().exists(),
        "token": token(request),
    }


def _choices(wanted: Wanted) -> dict[str, Any]:
    theirs = Schedule.objects.present().filter(workflow=OuterRef("pk"))
    agents = Workflow.objects.filter(Exists(theirs))
    choices = list(agents.values_list("wpid", "title")[:500])
    if wanted.agent and wanted.agent not in dict(choices):
        choices.append((wanted.agent, wanted.agent))
    return {"agents": choices, "states": [(value, name) for value, (name, _) in STATES.items()]}
