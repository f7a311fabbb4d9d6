"""Naming what the launch form holds; renaming, sharing and deleting that."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import needs
from dashboard.audit import Actor, record
from runs import drafts, presets
from runs.forms import PresetForm
from runs.models import Preset, Workflow
from runs.views.launch import WRONG, again
from runs.views.launch_form import sent


@needs("runs.launch_run")
@require_POST
def preset_save(request: HttpRequest, wpid: str) -> HttpResponse:
    """Keep a form that could be launched, under a name; `opened` is the preset it began as."""
    workflow, user = get_object_or_404(Workflow, pk=wpid), cast("User", request.user)
    form = sent(request, workflow, keeping=True)
    opened = presets.find(user, workflow, request.POST.get("opened", ""))
    if opened and opened.user_id != user.pk:
        opened = None
    naming = PresetForm(user, workflow, preset=opened, data=request.POST, part_of="launch")
    if not all([form.is_valid(), naming.is_valid()]):
        more = {"preset_form": naming, "opened": opened, "unsaved": True}
        return again(request, form, WRONG, **more)
    given = naming.cleaned_data
    preset = presets.save(user, form, name=given["name"], shared=given["shared"])
    record(Actor.of(request), "saved the preset", workflow, detail=_said(preset))
    drafts.forget(user, workflow)
    messages.success(request, f"Saved the preset “{preset}”.")
    return redirect(_form_of(preset))


@needs("runs.launch_run")
@require_http_methods(["GET", "HEAD", "POST"])
def preset_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Rename it, and say who sees it."""
    preset = changeable(request, number)
    data = request.POST if request.method == "POST" else None
    form = PresetForm(preset.user, preset.workflow, preset=preset, data=data)
    form.fields.pop("replace")
    if not form.is_valid():
        status = WRONG if form.is_bound else 200
        context = {"form": form, "preset": preset, "workflow": preset.workflow}
        return render(request, "agents/preset.html", context, status=status)
    preset.name, preset.shared = form.cleaned_data["name"], form.cleaned_data["shared"]
    preset.save(update_fields=["name", "shared", "updated_at"])
    record(Actor.of(request), "changed the preset", preset.workflow, detail=_said(preset))
    messages.success(request, f"Saved the preset “{preset}”.")
    return redirect(_form_of(preset))


@needs("runs.launch_run")
@require_POST
def preset_delete(request: HttpRequest, number: int) -> HttpResponse:
    preset = changeable(request, number)
    preset.delete()
    record(Actor.of(request), "deleted the preset", preset.workflow, detail=_said(preset))
    messages.success(request, f"Deleted the preset “{preset}”.")
    return redirect("runs:launch", preset.workflow_id)


def changeable(request: HttpRequest, number: int) -> Preset:
    """404 for what one cannot see, 403 for what only its owner may change."""
    preset = get_object_or_404(Preset.objects.select_related("user", "workflow"), pk=number)
    user = cast("User", request.user)
    if not presets.may_change(user, preset):
        get_object_or_404(presets.visible_to(user, preset.workflow), pk=number)
        raise PermissionDenied
    return preset


def _said(preset: Preset) -> str:
    return f"“{preset}”, {'shared with all' if preset.shared else 'for oneself'}."


def _form_of(preset: Preset) -> str:
    return f"{reverse('runs:launch', args=[preset.workflow_id])}?preset={preset.pk}"
