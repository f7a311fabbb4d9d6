"""What the frame asks for while a page is open: freshness, the jump box, the list of keys."""

from typing import cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.polls import answer_again

PULSE_SECONDS = 1


@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """How old the data is and what needs eyes, polled by every open page."""
    runs = request.user.has_perm("runs.view_run")
    schedules = request.user.has_perm("schedules.view_schedule")
    zone = timezone.get_current_timezone_name()
    answer_again(request, lambda _: _pulse(zone, runs=runs, schedules=schedules))
    return HttpResponse(_pulse(zone, runs=runs, schedules=schedules))


def _pulse(zone: str, *, runs: bool, schedules: bool) -> bytes:
    """The same for all who see the same in one zone, so it is made for them once a second."""

    def made() -> bytes:
        context = {"health": feeds.health(), "sees_runs": runs, "sees_schedules": schedules}
        with timezone.override(zone):
            return render_to_string("dashboard/pulse.html", context).encode()

    key = f"pulse-{int(runs)}{int(schedules)}-{zone}"
    return cast(bytes, cache.get_or_set(key, made, PULSE_SECONDS))


@require_GET
@needs("runs.view_run")
def jump(request: HtmxRequest) -> HttpResponse:
    """Agents, schedules and runs that match `q`; a page of its own without JavaScript."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    template = "dashboard/jump.html#results" if request.htmx else "dashboard/jump.html"
    return render(request, template, {"query": query})


@require_GET
def keys(request: HtmxRequest) -> HttpResponse:
    """What the keyboard does; most pages never show it, so they come without."""
    template = "dashboard/keys.html#list" if request.htmx else "dashboard/keys.html"
    return render(request, template)
