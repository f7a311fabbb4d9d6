"""Creating and editing a schedule: one page, one form, with the coming fires beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.skyvern import errors
from runs.credentials import choices_for
from runs.models import Workflow
from runs.parameters import ParametersForm
from schedules import actions, cron
from schedules.forms import ScheduleForm, chosen_values, form_of
from schedules.models import Schedule
from schedules.outlook import switched_off
from schedules.timing import Timing
from schedules.views.preview import outlook_of
from schedules.views.state import shown_parameters

AGENTS_SHOWN = 200
CONFLICT = "It was changed elsewhere while you were editing. Nothing is saved."
UPSTREAM_FIELDS = {
    "cron_expression": "cron",
    "interval_seconds": "every",
    "first_fire_at": "first_fire_at",
    "run_at": "run_at",
    "timezone": "timezone",
    "name": "name",
    "description": "description",
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.add_schedule")
def schedule_create(request: HttpRequest) -> HttpResponse:
    if off := switched_off():
        return render(request, "schedules/schedules_off.html", {"reason": off})
    wpid = request.POST.get("agent") or request.GET.get("agent")
    if not wpid:
        return _choose_agent(request)
    offered = Workflow.objects.filter(deleted_at=None, seen_at__isnull=False)
    workflow = get_object_or_404(offered, pk=_clean_id(wpid))
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(data, initial={"timezone": timezone.get_current_timezone_name()})
    parameters = _parameters(workflow, data, {})
    nonce = _nonce(request.POST.get("nonce"))
    if data is not None and _ready(data, form, parameters):
        try:
            schedule = actions.create(
                workflow,
                form.request(chosen_values(parameters, {})),
                nonce=nonce,
                actor=Actor.of(request),
            )
        except errors.SkyvernError as exc:
            nonce = uuid4()
            _show_refusal(form, exc)
        else:
            messages.success(request, f"Created {schedule}.")
            return redirect(schedule)
    context = {"nonce": nonce, "workflow": workflow}
    return _page(request, form, parameters, context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_edit(request: HttpRequest, schedule_id: str) -> HttpResponse:
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    if schedule.kind == Schedule.Kind.ONCE and not schedule.is_active:
        messages.error(request, "It already fired or was canceled, so it can no longer change.")
        return redirect(schedule)
    data = request.POST if request.method == "POST" else None
    form = form_of(schedule, data)
    parameters = _parameters(schedule.workflow, data, schedule.parameters)
    seen = request.POST.get("version", _version(schedule))
    context = {"schedule": schedule, "workflow": schedule.workflow, "version": seen}
    if data is not None and _ready(data, form, parameters):
        body = form.request(chosen_values(parameters, schedule.parameters))
        try:
            changed = actions.update(
                schedule, body, actor=Actor.of(request), seen_version=_moment(seen)
            )
        except actions.Conflict as exc:
            form.add_error(None, CONFLICT)
            context |= _theirs(exc.current)
        except errors.SkyvernError as exc:
            _show_refusal(form, exc)
        else:
            messages.success(request, f"Saved {changed}.")
            return redirect(changed)
    return _page(request, form, parameters, context)


def _version(schedule: Schedule) -> str:
    return schedule.modified_at.isoformat() if schedule.modified_at else ""


def _theirs(current: Schedule) -> dict[str, Any]:
    """What someone else made of it; who sends the form again has seen that."""
    return {
        "schedule": current,
        "version": _version(current),
        "theirs": Timing.of(current).words,
        "their_parameters": shown_parameters(current),
    }


def _choose_agent(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()
    agents = Workflow.objects.filter(deleted_at=None, seen_at__isnull=False)
    if query:
        agents = agents.filter(Q(title__icontains=query) | Q(wpid__startswith=query))
    shown = agents.only("wpid", "title", "description")[:AGENTS_SHOWN]
    return render(request, "schedules/schedule_agents.html", {"agents": shown, "query": query})


def _parameters(
    workflow: Workflow, data: QueryDict | None, stored: dict[str, Any]
) -> ParametersForm:
    return ParametersForm(
        workflow.parameters, data, initial=stored, credentials=choices_for(workflow.parameters)
    )


def _ready(data: QueryDict, form: ScheduleForm, parameters: ParametersForm) -> bool:
    """Both are asked, so that all that is wrong is said at once. A preview saves nothing."""
    valid = [form.is_valid(), parameters.is_valid()]
    return all(valid) and "preview" not in data


def _page(
    request: HttpRequest, form: ScheduleForm, parameters: ParametersForm, context: dict[str, Any]
) -> HttpResponse:
    schedule: Schedule | None = context.get("schedule")
    known = {found.key for found in parameters.parameters.values()}
    context = {
        "dropped": sorted(set(schedule.parameters) - known) if schedule else [],
        "form": form,
        "parameters": parameters,
        "zones": cron.zone_names(timezone.get_current_timezone_name()),
        **outlook_of(form),
        **context,
    }
    refused = form.is_bound and "preview" not in request.POST
    status = 422 if refused else 200
    return render(request, "schedules/schedule_form.html", context, status=status)


def _show_refusal(form: ScheduleForm, exc: errors.SkyvernError) -> None:
    """Upstream's own words, at the field they are about where it says so."""
    told = {
        UPSTREAM_FIELDS[name]: text for name, text in exc.fields.items() if name in UPSTREAM_FIELDS
    }
    if "cron" in told and form.cleaned_data["kind"] != Schedule.Kind.CRON:
        form.add_error(
            "kind", "This Skyvern knows only cron schedules; newer ones know more kinds."
        )
        return
    for name, text in told.items():
        form.add_error(name, text)
    if not told:
        form.add_error(None, exc.message)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _nonce(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()


def _clean_id(text: str) -> str:
    return text.replace("\0", "")[:128]
