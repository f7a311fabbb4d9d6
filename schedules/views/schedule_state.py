"""The buttons that pause, resume, cancel and delete a schedule."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern.errors import SkyvernError
from schedules import actions
from schedules.models import Schedule


def _act(
    request: HttpRequest,
    schedule_id: str,
    act: Callable[..., object],
    done: str,
    not_done: str,
    *,
    then: str | None = None,
) -> HttpResponse:
    """Do it, say how it went, and go on to `then`, or back to where the button was."""
    schedule = get_object_or_404(Schedule.objects.present(), pk=schedule_id)
    try:
        act(schedule, actor=Actor.of(request))
    except SkyvernError as exc:
        messages.error(request, f"{not_done} {schedule}: {exc.message}")
        then = None
    else:
        messages.success(request, f"{done} {schedule}.")
    return redirect(then) if then else back(request, schedule.get_absolute_url())


@require_POST
@needs("schedules.change_schedule")
def schedule_pause(request: HttpRequest, schedule_id: str) -> HttpResponse:
    return _act(request, schedule_id, actions.pause, "Paused", "Could not pause")


@require_POST
@needs("schedules.change_schedule")
def schedule_resume(request: HttpRequest, schedule_id: str) -> HttpResponse:
    return _act(request, schedule_id, actions.resume, "Resumed", "Could not resume")


@require_POST
@needs("schedules.change_schedule")
def schedule_cancel(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """For a one-time schedule, which upstream does not let anybody pause."""
    return _act(request, schedule_id, actions.cancel, "Canceled", "Could not cancel")


@require_POST
@needs("schedules.delete_schedule")
def schedule_delete(request: HttpRequest, schedule_id: str) -> HttpResponse:
    there = reverse("schedules:schedule_list")
    return _act(request, schedule_id, actions.delete, "Deleted", "Could not delete", then=there)
