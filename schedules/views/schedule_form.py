"""What making and editing a schedule share: the form, its page, and what upstream refused."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from dashboard.skyvern import errors
from runs.credentials import choices_for
from runs.models import Workflow
from runs.parameters import ParametersForm
from schedules.forms import ScheduleForm
from schedules.forms.builder import TYPED
from schedules.models import Schedule
from schedules.views.preview import outlook_of

PICK = "pick-"
NO_SAVING = ("preview", "pick-cron", "pick-timezone")
CRON_ONLY = "This Skyvern knows only cron schedules; newer ones know more kinds."
UPSTREAM_FIELDS = {
    "cron_expression": "cron",
    "interval_seconds": "every",
    "first_fire_at": "first_fire_at",
    "run_at": "run_at",
    "timezone": "timezone",
    "name": "name",
    "description": "description",
}
CONFLICT, WRONG = 409, 422


def typed(request: HttpRequest) -> QueryDict | None:
    """What was sent, with the suggestion that was pressed in its place; None of a plain visit."""
    if request.method != "POST":
        return None
    data = request.POST.copy()
    for name in ("cron", "timezone"):
        if picked := data.get(f"{PICK}{name}"):
            data[name] = picked
            if name == "cron":
                data.update({"kind": Schedule.Kind.CRON})
                data["by"], data["was"] = TYPED, ""
    return data


def parameters_form(
    workflow: Workflow, data: QueryDict | None, stored: dict[str, Any]
) -> ParametersForm:
    return ParametersForm(
        workflow.parameters, data, initial=stored, credentials=choices_for(workflow.parameters)
    )


def ready(data: QueryDict, form: ScheduleForm, parameters: ParametersForm) -> bool:
    """Both are asked, so that all that is wrong is said at once. A preview saves nothing."""
    valid = [form.is_valid(), parameters.is_valid()]
    return all(valid) and not any(name in data for name in NO_SAVING)


def page(
    request: HttpRequest, form: ScheduleForm, parameters: ParametersForm, context: dict[str, Any]
) -> HttpResponse:
    schedule: Schedule | None = context.get("schedule")
    known = {found.key for found in parameters.parameters.values()}
    context = {
        "dropped": sorted(set(schedule.parameters) - known) if schedule else [],
        "form": form,
        "parameters": parameters,
        **outlook_of(form, context["workflow"], schedule),
        **context,
    }
    refused = form.is_bound and not any(name in request.POST for name in NO_SAVING)
    status = WRONG if refused else 200
    return render(request, "schedules/schedule_form.html", context, status=status)


def show_refusal(form: ScheduleForm, exc: errors.SkyvernError) -> None:
    """Upstream's own words, at the field they are about where it says so."""
    told = {
        UPSTREAM_FIELDS[name]: text for name, text in exc.fields.items() if name in UPSTREAM_FIELDS
    }
    if "cron" in told and form.cleaned_data["kind"] != Schedule.Kind.CRON:
        form.add_error("kind", CRON_ONLY)
        return
    for name, text in told.items():
        form.add_error(name, text)
    if not told:
        form.add_error(None, exc.message)
