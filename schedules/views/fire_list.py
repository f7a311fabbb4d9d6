"""The ledger of one schedule: each fire that was expected, and what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from schedules.ledger import book
from schedules.models import Fire, Schedule

STATES = [(value, name) for value, name in Fire.State.choices if value != Fire.State.DUE]


def token(request: HttpRequest, schedule_id: str) -> str:
    return f"{Revision.of('schedules', 'ledger')}|{request.GET.urlencode()}|{schedule_id}"


@depends_on("schedules", "ledger")
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def fire_list(request: HtmxRequest, schedule_id: str) -> HttpResponse:
    """`?state=` one of them; `?older=` the next page."""
    schedule = get_object_or_404(Schedule.objects.select_related("workflow"), pk=schedule_id)
    state, older = request.GET.get("state", ""), request.GET.get("older", "")
    context = {
        "schedule": schedule,
        "state": state if state in Fire.State else "",
        "states": STATES,
        "page": book.page(schedule, state, older),
        "figures": book.figures(schedule),
        "is_later": bool(older),
        "token": token(request, schedule_id),
    }
    page = "schedules/fire_list.html"
    return render(request, f"{page}#live" if request.htmx else page, context)
