"""The buttons that end a schedule: cancel one that fires once, delete any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern.errors import SkyvernError
from schedules import actions
from schedules.models import Schedule
from schedules.pausing import vital
from schedules.pausing.form import StopForm

WRONG = 422


def _stop(
    request: HttpRequest, schedule_id: str, verb: str, done: str, act: Callable[..., object]
) -> HttpResponse:
    """Ask on a page; then do it, and say how it went. A vital one is asked twice."""
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    mark, posted = vital.mark_of(schedule), request.method == "POST"
    form = StopForm(request.POST if posted else None, mark=mark) if mark else None
    if not posted or (form and not form.is_valid()):
        context: dict[str, Any] = {"schedule": schedule, "verb": verb, "form": form, "vital": mark}
        status = WRONG if posted else 200
        return render(request, "schedules/schedule_stop.html", context, status=status)
    try:
        act(schedule, actor=Actor.of(request), knows_vital=mark is not None)
    except SkyvernError as exc:
        messages.error(request, f"Could not {verb} {schedule}: {exc.message}")
        return back(request, schedule.get_absolute_url())
    messages.success(request, f"{done} {schedule}.")
    if verb == "delete":
        return redirect(reverse("schedules:schedule_list"))
    return back(request, schedule.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_cancel(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """For a one-time schedule, which upstream does not let anybody pause."""
    return _stop(request, schedule_id, "cancel", "Canceled", actions.cancel)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.delete_schedule")
def schedule_delete(request: HttpRequest, schedule_id: str) -> HttpResponse:
    return _stop(request, schedule_id, "delete", "Deleted", actions.delete)
