"""What the frame asks for while a page is open: the freshness line, and the jump box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.access import needs
from dashboard.htmx import HtmxRequest


@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """How old the data is and what needs eyes, polled by every open page."""
    return render(request, "dashboard/pulse.html")


@require_GET
@needs("runs.view_run")
def jump(request: HtmxRequest) -> HttpResponse:
    """Agents, schedules and runs that match `q`; a page of its own without JavaScript."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    template = "dashboard/jump.html#results" if request.htmx else "dashboard/jump.html"
    return render(request, template, {"query": query})
