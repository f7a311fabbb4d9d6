"""The first page: what runs, what needs a person, what comes, how the agents do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_htmx.http import ptag

from dashboard.models import Revision


def token(request: HttpRequest) -> str:
    """Changes with the mirror; and each minute, for what only time changes."""
    return Revision.of("runs", "workflows", "schedules")


@require_GET
@ptag(token)
def overview(request: HttpRequest) -> HttpResponse:
    template = "dashboard/overview.html#cards" if request.htmx else "dashboard/overview.html"
    return render(request, template, {"token": token(request)})
