"""One schedule: when it fires next in three zones, what it is given, what became of its fires."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from schedules.ledger import book
from schedules.models import Schedule
from schedules.outlook import next_fire, switched_off
from schedules.timing import Timing
from schedules.views.preview import outlook_context
from schedules.views.state import shown_parameters

RUNS_SHOWN = 20
FIRES_SHOWN = 8


def token(request: HttpRequest, schedule_id: str) -> str:
    verbs = ("change", "delete")
    may = [request.user.has_perm(f"schedules.{verb}_schedule") for verb in verbs]
    return f"{Revision.of('schedules', 'runs', 'ledger')}|{may}|{schedule_id}"


@depends_on("schedules", "runs", "ledger")
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def schedule_detail(request: HtmxRequest, schedule_id: str) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("workflow"), pk=schedule_id)
    timing = Timing.of(schedule)
    runs = list(schedule.runs.defer("raw")[: RUNS_SHOWN + 1])
    context: dict[str, Any] = {
        "schedule": schedule,
        "words": timing.words,
        "next_at": next_fire(schedule, timezone.now()),
        "parameters": shown_parameters(schedule),
        "runs": runs[:RUNS_SHOWN],
        "more_runs": len(runs) > RUNS_SHOWN,
        "fires": book.with_runs(book.settled(schedule))[:FIRES_SHOWN],
        "figures": book.figures(schedule),
        "here": request.path,
        "off": switched_off(),
        "token": token(request, schedule_id),
        "nonce": uuid4(),
    }
    if schedule.is_active:
        context |= outlook_context(timing)
    page = "schedules/schedule_detail.html"
    return render(request, f"{page}#live" if request.htmx else page, context)
