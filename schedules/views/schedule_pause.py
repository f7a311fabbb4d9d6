"""Pausing a schedule: why, and for how long; while it is paused, changing either."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern.errors import SkyvernError
from runs.mirror.writing import writing
from schedules import actions
from schedules.models import Pause, Schedule
from schedules.outlook import switched_off
from schedules.pausing import noting, vital
from schedules.pausing.form import PauseForm, VitalPauseForm

ONCE = "A one-time schedule is not paused: cancel it, and it does not fire."
RESUMED = "It was resumed meanwhile. Send this again to pause it once more."
DOUBLE_PRESS = timedelta(minutes=1)
WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_pause(request: HttpRequest, schedule_id: str) -> HttpResponse:
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    if schedule.kind == Schedule.Kind.ONCE:
        messages.info(request, ONCE)
        return redirect(schedule)
    pause, mark = noting.open_pause(schedule), vital.mark_of(schedule)
    posted = request.method == "POST"
    given, seen = request.POST if posted else None, request.POST.get("seen", "")
    # Whoever changes a pause has stopped nothing.
    form = (
        VitalPauseForm(given, mark=mark, pause=pause)
        if mark and not pause
        else PauseForm(given, pause=pause)
    )
    if posted and form.is_valid():
        if pause and _is_double_press(request, form, pause):
            return _done(request, schedule, f"Paused {schedule}.")
        if problem := _meanwhile(schedule, pause, seen):
            form.add_error(None, problem)
        else:
            done = _act(request, schedule, pause, form)
            if not form.errors:
                return _done(request, schedule, done)
    context = {
        "schedule": schedule,
        "pause": pause,
        "form": form,
        "vital": mark,
        "seen": (pause.pk or "new") if pause else "",
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "off": switched_off(),
    }
    status = WRONG if posted else 200
    return render(request, "schedules/schedule_pause.html", context, status=status)


def _is_double_press(request: HttpRequest, form: PauseForm, pause: Pause) -> bool:
    """The same form, sent by the same person a moment ago."""
    if request.POST.get("seen") or timezone.now() - pause.begin > DOUBLE_PRESS:
        return False
    until, wanted = pause.resume_at, form.resume_at()
    same_end = abs(until - wanted) < DOUBLE_PRESS if until and wanted else until is wanted
    mine = pause.by == request.user.get_username()
    return same_end and mine and pause.reason == form.cleaned_data["reason"]


def _meanwhile(schedule: Schedule, pause: Pause | None, seen: str) -> str:
    """What somebody else has done since the form was shown, as a sentence."""
    if pause is None:
        return RESUMED if seen else ""
    if seen in (str(pause.pk), "new"):
        return ""
    who = pause.by or vital.OUTSIDE.capitalize()
    why = f": “{pause.reason}”" if pause.reason else ""
    return f"{who} paused it meanwhile{why}. Send this again to put yours in its place."


def _act(request: HttpRequest, schedule: Schedule, pause: Pause | None, form: PauseForm) -> str:
    """What was done; what was refused is said in the form."""
    actor, reason = Actor.of(request), form.cleaned_data["reason"]
    resume_at = form.resume_at()
    try:
        if pause is None:
            knows = form.cleaned_data.get("knows_vital", False)
            actions.pause(
                schedule, reason=reason, resume_at=resume_at, actor=actor, knows_vital=knows
            )
            return f"Paused {schedule}."
        if pause.pk is None:
            with writing("ledger"):
                pause = noting.begin(schedule, pause.begin)
        changed = actions.change_pause(pause, reason=reason, resume_at=resume_at, actor=actor)
    except SkyvernError as exc:
        what = "pause" if pause is None else "change the pause of"
        form.add_error(None, f"Could not {what} {schedule}: {exc.message}")
        return ""
    return f"Changed the pause of {schedule}." if changed else "Nothing was changed."


def _done(request: HttpRequest, schedule: Schedule, said: str) -> HttpResponse:
    messages.success(request, said)
    return back(request, schedule.get_absolute_url())
