"""Making a schedule, from nothing or like one that is there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.skyvern import errors
from runs.models import Workflow
from schedules import actions
from schedules.forms import ScheduleForm, chosen_values, copy_of
from schedules.forms.builder import START
from schedules.forms.kinds import offer_kinds
from schedules.models import Schedule
from schedules.outlook import switched_off
from schedules.views.schedule_form import (
    CONFLICT,
    page,
    parameters_form,
    ready,
    show_refusal,
    typed,
)

AGENTS_SHOWN = 200
TOO_MANY = "Delete a schedule that is no longer needed, or ask for a plan that has more."


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.add_schedule")
def schedule_create(request: HttpRequest) -> HttpResponse:
    """`?from=<schedule_id>` begins with a copy of that schedule, which starts paused."""
    if off := switched_off():
        return render(request, "schedules/schedules_off.html", {"reason": off})
    source = _source(request)
    wpid = source.workflow_id if source else request.POST.get("agent") or request.GET.get("agent")
    if not wpid:
        return _choose_agent(request)
    offered = Workflow.objects.filter(deleted_at=None, seen_at__isnull=False)
    workflow = get_object_or_404(offered, pk=_clean_id(wpid))
    data = typed(request)
    form = copy_of(source, data) if source else ScheduleForm(data, initial=_fresh())
    offer_kinds(form)
    stored: dict[str, Any] = source.parameters if source else {}
    parameters = parameters_form(workflow, data, stored)
    nonce = _nonce(request.POST.get("nonce"))
    if data is not None and ready(data, form, parameters):
        try:
            schedule = actions.create(
                workflow,
                form.request(chosen_values(parameters, stored)),
                nonce=nonce,
                actor=Actor.of(request),
            )
        except errors.SkyvernError as exc:
            nonce = uuid4()
            show_refusal(form, exc)
            if exc.status == CONFLICT:
                form.add_error(None, TOO_MANY)
        else:
            messages.success(request, f"Created {schedule}.")
            return redirect(schedule)
    context = {"nonce": nonce, "workflow": workflow, "source": source}
    return page(request, form, parameters, context)


def _fresh() -> dict[str, str]:
    return {"timezone": timezone.get_current_timezone_name(), "cron": START.expression}


def _source(request: HttpRequest) -> Schedule | None:
    if not (schedule_id := request.GET.get("from")):
        return None
    present = Schedule.objects.present().select_related("workflow")
    return get_object_or_404(present, pk=_clean_id(schedule_id))


def _choose_agent(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()
    agents = Workflow.objects.filter(deleted_at=None, seen_at__isnull=False)
    if query:
        agents = agents.filter(Q(title__icontains=query) | Q(wpid__startswith=query))
    shown = agents.only("wpid", "title", "description")[:AGENTS_SHOWN]
    return render(request, "schedules/schedule_agents.html", {"agents": shown, "query": query})


def _nonce(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()


def _clean_id(text: str) -> str:
    return text.replace("\0", "")[:128]
