"""Resuming a schedule, and running what it missed while it was paused."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern.errors import SkyvernError
from schedules import actions
from schedules.models import Fire, Schedule
from schedules.outlook import switched_off
from schedules.pausing import missed, noting
from schedules.pausing.missed import Missed

NONE_TICKED = "Tick the fires to run, or choose to run none."
MAY_NOT = "Your role may not launch runs, so the schedule is resumed without."
WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_resume(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Of one that goes on, the same for what its last pause has left."""
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    if schedule.kind == Schedule.Kind.ONCE:
        messages.info(request, "A one-time schedule is not paused, so there is nothing to resume.")
        return redirect(schedule)
    pause = noting.open_pause(schedule) or missed.latest(schedule)
    found = missed.during(pause, timezone.now()) if pause else Missed([], 0, 0)
    error, status = "", 200
    if request.method == "POST":
        try:
            chosen = _chosen(request, schedule)
        except ValueError as exc:
            error, status = str(exc), WRONG
        else:
            error = _resume(request, schedule)
            if not error:
                return _run(request, schedule, chosen)
            status = WRONG
    context = {
        "schedule": schedule,
        "pause": pause,
        "missed": found,
        "most": missed.MOST,
        "run": request.POST.get("run", "none"),
        "ticked": request.POST.getlist("fire"),
        "error": error,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "off": switched_off(),
    }
    return render(request, "schedules/schedule_resume.html", context, status=status)


def _chosen(request: HttpRequest, schedule: Schedule) -> list[Fire]:
    """The fires to run, oldest first; ValueError says what is wrong with the choice."""
    run = request.POST.get("run", "none")
    if run not in ("last", "chosen"):
        return []
    if not request.user.has_perm("runs.launch_run"):
        raise ValueError(MAY_NOT)
    given = request.POST.getlist("fire") if run == "chosen" else [request.POST.get("last", "")]
    ids = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 19]
    if not ids:
        raise ValueError(NONE_TICKED)
    own = Fire.objects.filter(pk__in=ids[: missed.MOST], schedule=schedule)
    return list(own.select_related("schedule__workflow").order_by("due_at"))


def _resume(request: HttpRequest, schedule: Schedule) -> str:
    """Why it could not be resumed; "" if it goes on now."""
    if schedule.enabled:
        return ""
    try:
        actions.resume(schedule, actor=Actor.of(request))
    except SkyvernError as exc:
        return f"Could not resume {schedule}: {exc.message}"
    messages.success(request, f"Resumed {schedule}.")
    return ""


def _run(request: HttpRequest, schedule: Schedule, chosen: Sequence[Fire]) -> HttpResponse:
    """Run those; the first that fails ends it, and what is left can be tried again."""
    if not chosen and schedule.enabled:
        messages.info(request, f"{schedule} was not paused any more.")
    done = 0
    for fire in chosen:
        if fire.made_up_by_id is not None:
            continue
        try:
            actions.make_up(fire, actor=Actor.of(request))
        except SkyvernError as exc:
            messages.error(request, _not_all(schedule, done, len(chosen), exc.message))
            return redirect(reverse("schedules:schedule_resume", args=[schedule.pk]))
        done += 1
    if done:
        s = "" if done == 1 else "s"
        messages.success(request, f"Started {done} run{s} for what was missed.")
    elif chosen:
        messages.info(request, "What was chosen has been run already.")
    return back(request, schedule.get_absolute_url())


def _not_all(schedule: Schedule, done: int, wanted: int, why: str) -> str:
    return (
        f"{schedule} goes on, but of {wanted} missed fire{'' if wanted == 1 else 's'} "
        f"{done or 'none'} {'was' if done <= 1 else 'were'} run: {why} "
        "What is left can be run from here."
    )
