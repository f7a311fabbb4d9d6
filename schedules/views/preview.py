"""The coming fires of what is typed so far, and what to beware of before it is saved."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from runs.models import Workflow
from schedules import cron
from schedules.forms import TimingForm, form_of
from schedules.models import Schedule
from schedules.outlook import crowd_of, drops, look_ahead, outlasts
from schedules.timing import Timing


@require_http_methods(["GET", "HEAD", "POST"])
def schedule_preview(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(["schedules.add_schedule"]) and not request.user.has_perm(
        "schedules.change_schedule"
    ):
        raise PermissionDenied("schedules.add_schedule")
    typed = request.POST if request.method == "POST" else request.GET
    schedule = Schedule.objects.filter(pk=_id(typed.get("schedule"))).first()
    workflow = Workflow.objects.filter(pk=_id(typed.get("agent"))).first()
    form = TimingForm(typed, initial={"timezone": schedule.timezone} if schedule else None)
    if schedule:
        form.saved = form_of(schedule).saved
    context = outlook_of(form, workflow, schedule)
    return render(request, "schedules/_preview.html", context)


def outlook_of(
    form: TimingForm, workflow: Workflow | None = None, schedule: Schedule | None = None
) -> dict[str, Any]:
    """`outlook` with what to beware of, or `problems`: sentences that say why there is none.

    `told` is for the scripts: what follows from what was typed.
    """
    if not form.is_bound:
        shown = {name: field.initial for name, field in form.fields.items()}
        saved = form.saved
        form = type(form)({**shown, **form.initial}, initial=form.initial)
        form.saved = saved
    now = timezone.now()
    if form.is_valid():
        timing = form.timing()
        found = outlook_context(timing)
        if outlook := found.get("outlook"):
            own = schedule.pk if schedule else ""
            found["crowd"] = crowd_of(timing, now, own)
            if workflow:
                found["outlasts"] = outlasts(workflow, outlook.shortest_gap)
    else:
        names = [name for name in form.fields if name in TimingForm.base_fields]
        found = {"problems": [error for name in names for error in form.errors.get(name, ())]}
        offers = [(name, cron.zone_words(name, _hour())) for name in form.zone_offers]
        found["zone_offers"] = offers
    if schedule:
        found["drops"] = drops(schedule, now)
    return found | {"told": json.dumps(_told(form))}


def outlook_context(timing: Timing) -> dict[str, Any]:
    """The outlook of a timing in the viewer's zone, or the sentence that says why not."""
    viewer = ZoneInfo(timezone.get_current_timezone_name())
    try:
        return {"outlook": look_ahead(timing, now=timezone.now(), viewer=viewer)}
    except (cron.CronError, cron.ZoneError) as exc:
        return {"problems": [str(exc)]}


def _told(form: TimingForm) -> dict[str, Any]:
    """The field and the builder in agreement, and what the chosen zone is called."""
    return {
        "by": form.data.get("by", ""),
        "fields": form.agreed(),
        "zone": _zone_told(form.cleaned_data.get("timezone"), form.data.get("timezone")),
    }


def _zone_told(zone: str | None, typed: str | None) -> str:
    """What it is, and its name where another one was typed."""
    if not zone:
        return ""
    words = cron.zone_words(zone, _hour())
    return words if zone == typed else f"{zone} — {words}"


def _hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _id(text: str | None) -> str:
    return (text or "").replace("\0", "")[:128]
