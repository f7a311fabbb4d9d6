"""The first page: what runs, what needs a person, what comes, how the agents do."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import ptag

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision

MINUTE = 60


def token(_request: HttpRequest) -> str:
    """Moves with the mirror and its health, with the viewer's zone, and once a minute."""
    health = feeds.health()
    walked = health.backfill.runs if health.backfill else ""
    moved = Revision.of("runs", "workflows", "schedules")
    zone = timezone.get_current_timezone_name()
    return f"{moved}-{health.state}-{walked}-{zone}-{int(time.time()) // MINUTE}"


@require_GET
@needs("runs.view_run")
@ptag(token)
def overview(request: HtmxRequest) -> HttpResponse:
    template = "dashboard/overview.html#cards" if request.htmx else "dashboard/overview.html"
    return render(request, template, {"token": token(request)})
