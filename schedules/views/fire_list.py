"""The ledger: of one schedule, of all of them, and either as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs.export import lines, utc
from runs.models import Workflow
from schedules.ledger import book
from schedules.ledger.book.asked import CAUSES, OUTCOMES, STATES, Asked, zone_of
from schedules.models import Fire, Schedule
from schedules.outlook import switched_off

TABLES = ("schedules", "ledger")
MOST_AGENTS = 500
AT_A_TIME = 1_000
FIELDS: dict[str, Callable[[Fire], Any]] = {
    "due_at": lambda fire: utc(fire.due_at),
    "state": lambda fire: fire.state,
    "cause": lambda fire: fire.cause,
    "outcome": lambda fire: fire.outcome,
    "late_seconds": lambda fire: fire.late_seconds,
    "schedule_id": lambda fire: fire.schedule_id,
    "schedule": lambda fire: fire.schedule.name,
    "agent_id": lambda fire: fire.schedule.workflow_id,
    "agent": lambda fire: fire.schedule.workflow.title,
    "timezone": lambda fire: fire.schedule.timezone,
    "run_id": lambda fire: fire.run_id or "",
    "run_status": lambda fire: fire.run.status if fire.run else "",
    "settled_at": lambda fire: utc(fire.settled_at),
    "worked_out_afterwards": lambda fire: "yes" if fire.is_backfilled else "",
}


def token(request: HttpRequest, schedule_id: str = "") -> str:
    zone = timezone.get_current_timezone_name()
    return f"{Revision.of(*TABLES)}|{request.GET.urlencode()}|{schedule_id}|{zone}"


@depends_on(*TABLES)
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def fire_list(request: HtmxRequest, schedule_id: str) -> HttpResponse:
    """`?state=`, `?outcome=`, `?cause=` and `?day=` (in its zone) filter; `?older=` turns pages."""
    schedule = _schedule(schedule_id)
    now = timezone.now()
    context = {
        "schedule": schedule,
        "figures": book.figures(schedule),
        "pace": book.pace(schedule, now),
        "calendar": book.calendar(schedule, now),
        **_table(request, zone_of(schedule), schedule),
        "token": token(request, schedule_id),
    }
    page = "schedules/fire_list.html"
    return render(request, f"{page}#live" if request.htmx else page, context)


@depends_on(*TABLES)
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def ledger(request: HtmxRequest) -> HttpResponse:
    """The same of all schedules, `?agent=` too; days are the viewer's."""
    context = {
        **_table(request, _viewer()),
        "off": switched_off(),
        "token": token(request),
    }
    if request.htmx:
        return render(request, "schedules/ledger.html#live", context)
    return render(request, "schedules/ledger.html", context | _agents(context["asked"]))


@require_safe
@needs("schedules.view_schedule")
def fire_export(request: HttpRequest, schedule_id: str) -> HttpResponseBase:
    schedule = _schedule(schedule_id)
    return _file(request, f"fires-{schedule_id}", zone_of(schedule), schedule)


@require_safe
@needs("schedules.view_schedule")
def ledger_export(request: HttpRequest) -> HttpResponseBase:
    return _file(request, "ledger", _viewer())


def _table(
    request: HttpRequest, zone: ZoneInfo, schedule: Schedule | None = None
) -> dict[str, Any]:
    asked, older = Asked.read(request.GET), request.GET.get("older", "")
    now = timezone.now()
    return {
        "asked": asked,
        "page": book.page_of(asked, zone, now, schedule=schedule, older=older),
        "is_later": bool(older),
        "zone_name": zone.key,
        "states": STATES,
        "outcomes": OUTCOMES,
        "causes": CAUSES,
    }


def _file(
    request: HttpRequest, name: str, zone: ZoneInfo, schedule: Schedule | None = None
) -> StreamingHttpResponse:
    """All that the filters match, read a thousand at a time, however many there are."""
    fires = _all(partial(book.page_of, Asked.read(request.GET), zone), schedule)
    stamp = f"{timezone.localtime():%Y%m%d-%H%M}"
    return StreamingHttpResponse(
        lines(FIELDS, fires),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{stamp}.csv"'},
    )


def _all(pages: Callable[..., book.Page], schedule: Schedule | None) -> Iterator[Fire]:
    older, now = "", timezone.now()
    while True:
        page = pages(now, schedule=schedule, older=older, size=AT_A_TIME)
        for fire in page.fires:
            if schedule:
                fire.schedule = schedule
            yield fire
        older = page.older
        if not older:
            return


def _agents(asked: Asked) -> dict[str, Any]:
    """Those that have schedules; one that is asked for is among them."""
    agents = Workflow.objects.filter(schedules__isnull=False).distinct()
    choices = list(agents.values_list("wpid", "title")[:MOST_AGENTS])
    if asked.agent and asked.agent not in dict(choices):
        choices.append((asked.agent, asked.agent))
    return {"agents": choices}


def _schedule(schedule_id: str) -> Schedule:
    found = Schedule.objects.select_related("workflow", "horizon")
    return get_object_or_404(found.defer("workflow__raw", "workflow__parameters"), pk=schedule_id)


def _viewer() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
