"""Marking a schedule as vital, with a person who answers for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from schedules import actions
from schedules.models import Schedule, Vital
from schedules.pausing import vital

WRONG = 422


class VitalForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        label="Owner",
        help_text="Told by e-mail whenever somebody pauses or deletes it.",
        empty_label="Choose a person",
        error_messages={"required": "Say who answers for it."},
    )
    use_required_attribute = False


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_vital(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """`verb`: mark (the default) or unmark."""
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    mark, posted = vital.mark_of(schedule), request.method == "POST"
    if posted and request.POST.get("verb") == "unmark":
        if actions.unmark_vital(schedule, actor=Actor.of(request)):
            messages.success(request, f"{schedule} is not vital any more.")
        return redirect(schedule)
    form = VitalForm(request.POST if posted else None, initial=_shown(request, mark))
    if posted and form.is_valid():
        owner: User = form.cleaned_data["owner"]
        if actions.mark_vital(schedule, owner, actor=Actor.of(request)):
            messages.success(request, f"{schedule} is vital; its owner is {owner.get_username()}.")
        if untold := vital.why_untold(Vital(schedule=schedule, owner=owner)):
            messages.warning(request, untold)
        return redirect(schedule)
    context = {"schedule": schedule, "form": form, "vital": mark}
    if mark:
        context["untold"] = vital.why_untold(mark)
    status = WRONG if posted else 200
    return render(request, "schedules/schedule_vital.html", context, status=status)


def _shown(request: HttpRequest, mark: Vital | None) -> dict[str, Any]:
    return {"owner": mark.owner_id if mark else request.user.pk}
