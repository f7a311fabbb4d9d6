"""The product's addresses and one more: a live page with everything that an update could harm."""

from itertools import count

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.urls import include, path

from dashboard.audit import SYSTEM, record
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision

versions = count(1)
state = {"broken": False, "sent": 0}


def live(request: HtmxRequest) -> HttpResponse:
    if state["broken"] and request.htmx:
        return HttpResponseServerError("<h1>Something broke</h1>")
    version = next(versions)
    context = {"version": version, "rows": range(version % 3, 6), "lines": range(200)}
    name = "live_page.html#part" if request.htmx else "live_page.html"
    return render(request, name, context)


def send(request: HttpRequest) -> HttpResponse:
    state["sent"] += request.method == "POST"
    return HttpResponse("sent")


@login_not_required
def steer(request: HttpRequest) -> JsonResponse:
    """Break or mend the live page, write a row of activity; says how often was sent."""
    found = dict(state)
    state.update(broken="break" in request.GET, sent=0)
    if "note" in request.GET:
        record(SYSTEM, "launched", Revision(name="runs"))
    return JsonResponse(found)


urlpatterns = [
    path("live/", live),
    path("live/sent/", send),
    path("live/steer/", steer),
    path("", include("dashboard.urls")),
]
