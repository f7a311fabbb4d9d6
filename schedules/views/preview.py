"""The coming fires of what is typed so far."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from schedules import cron
from schedules.forms import TimingForm, form_of
from schedules.models import Schedule
from schedules.outlook import look_ahead
from schedules.timing import Timing


@require_http_methods(["GET", "HEAD", "POST"])
def schedule_preview(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(["schedules.add_schedule"]) and not request.user.has_perm(
        "schedules.change_schedule"
    ):
        raise PermissionDenied("schedules.add_schedule")
    typed = request.POST if request.method == "POST" else request.GET
    form = TimingForm(typed)
    if schedule := Schedule.objects.filter(pk=typed.get("schedule", "").replace("\0", "")).first():
        form.saved = form_of(schedule).saved
    return render(request, "schedules/_preview.html", outlook_of(form))


def outlook_of(form: TimingForm) -> dict[str, Any]:
    """`outlook`, or `problems`: sentences that say why there is none."""
    if not form.is_bound:
        shown = {name: field.initial for name, field in form.fields.items()}
        saved = form.saved
        form = type(form)({**shown, **form.initial})
        form.saved = saved
    if form.is_valid():
        return outlook_context(form.timing())
    names = [name for name in TimingForm.base_fields if name in form.errors]
    return {"problems": [error for name in names for error in form.errors[name]]}


def outlook_context(timing: Timing) -> dict[str, Any]:
    """The outlook of a timing in the viewer's zone, or the sentence that says why not."""
    viewer = ZoneInfo(timezone.get_current_timezone_name())
    try:
        return {"outlook": look_ahead(timing, now=timezone.now(), viewer=viewer)}
    except (cron.CronError, cron.ZoneError) as exc:
        return {"problems": [str(exc)]}
