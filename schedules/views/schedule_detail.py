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
from schedules.ledger.book.asked import zone_of
from schedules.models import Schedule
from schedules.outlook import next_fire, switched_off
from schedules.pausing import missed
from schedules.pausing.noting import open_pause
from schedules.pausing.vital import mark_of
from schedules.timing import Timing
from schedules.views.preview import outlook_context
from schedules.views.state import shown_parameters

RUNS_SHOWN = 10
FIRES_SHOWN = 8


def token(request: HttpRequest, schedule_id: str) -> str:
    verbs = ("change", "delete")
    may = [request.user.has_perm(f"schedules.{verb}_schedule") for verb in verbs]
    may.append(request.user.has_perm("runs.launch_run"))
    return f"{Revision.of('schedules', 'runs', 'ledger')}|{may}|{schedule_id}"


@depends_on("schedules", "runs", "ledger")
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def schedule_detail(request: HtmxRequest, schedule_id: str) -> HttpResponse:
    found = Schedule.objects.select_related("workflow", "horizon")
    schedule = get_object_or_404(found, pk=schedule_id)
    now = timezone.now()
    timing, off = Timing.of(schedule), switched_off()
    runs = list(schedule.runs.defer("raw")[: RUNS_SHOWN + 1])
    context: dict[str, Any] = {
        "schedule": schedule,
        "words": timing.words,
        "next_at": None if off else next_fire(schedule, now),
        "parameters": shown_parameters(schedule),
        "runs": runs[:RUNS_SHOWN],
        "more_runs": len(runs) > RUNS_SHOWN,
        "page": book.page_of(
            book.Asked(), zone_of(schedule), now, schedule=schedule, size=FIRES_SHOWN
        ),
        "figures": book.figures(schedule),
        "pause": None if schedule.deleted_at else open_pause(schedule),
        "missed": missed.left(schedule, now),
        "vital": mark_of(schedule),
        "pace": book.pace(schedule, now),
        "calendar": book.calendar(schedule, now),
        "here": request.path,
        "off": off,
        "token": token(request, schedule_id),
        "nonce": uuid4(),
    }
    if schedule.is_active and not off:
        context |= outlook_context(timing)
    page = "schedules/schedule_detail.html"
    return render(request, f"{page}#live" if request.htmx else page, context)
