"""Launching an agent: the form, sending it once, and what became of a press of the button."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, ptag

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.htmx import HtmxRequest
from dashboard.skyvern import errors
from runs import actions, drafts, earlier, presets, uploads
from runs.actions.launch import kept
from runs.forms import LaunchForm, PresetForm, blame
from runs.models import Launch, Workflow
from runs.tasks.launches import NOT_FOUND
from runs.views.launch_form import fresh, sent

WRONG = 422
NO_ANSWER = 503
RESENT = (
    "This form was sent before, with other values. Launch again to start another run with these."
)


@needs("runs.launch_run")
@require_http_methods(["GET", "HEAD", "POST"])
def launch(request: HttpRequest, wpid: str) -> HttpResponse:
    """`?from=<run_id>`, `?preset=<id>` or `?again=<nonce>` say what to start with; else a draft."""
    workflow = get_object_or_404(Workflow, pk=wpid)
    if request.method == "POST":
        return submit(request, sent(request, workflow))
    user, asked = cast("User", request.user), request.GET
    source = earlier.source(
        workflow,
        user,
        run_id=asked.get("from", ""),
        preset=asked.get("preset", ""),
        nonce=asked.get("again", ""),
    )
    kept_back = drafts.find(user, workflow)
    restored = None if source or asked.get("from") or asked.get("preset") else kept_back
    form = fresh(
        workflow,
        initial=source.request if source else None,
        typed=restored.typed if restored else None,
    )
    waiting = kept_back if kept_back is not restored else None
    return page(request, form, source=source, restored=restored, waiting=waiting)


def page(request: HttpRequest, form: LaunchForm, status: int = 200, **more: Any) -> HttpResponse:
    user, source = cast("User", request.user), more.get("source")
    opened = source.preset if source else None
    context = {
        "form": form,
        "workflow": form.workflow,
        "earlier": earlier.runs_of(form.workflow),
        "presets": presets.visible_to(user, form.workflow),
        "preset_form": PresetForm(user, form.workflow, preset=opened, part_of="launch"),
        "asked_for": request.GET.get("from", ""),
        "uploads": uploads.possible(),
    }
    return render(request, "agents/launch.html", context | more, status=status)


def submit(request: HttpRequest, form: LaunchForm) -> HttpResponse:
    if not form.is_valid():
        return again(request, form, WRONG)
    body, nonce = form.request(), form.cleaned_data["nonce"]
    try:
        entry = actions.launch(form.workflow, body, nonce=nonce, actor=Actor.of(request))
    except errors.Unknown:
        return redirect("runs:launch_state", nonce)
    except errors.SkyvernError as error:
        explain(form, error)
        status = NO_ANSWER if isinstance(error, errors.Unavailable) else WRONG
        return again(request, form, status, refusal=error)
    return follow(request, form, entry)


def follow(request: HttpRequest, form: LaunchForm, entry: Launch) -> HttpResponse:
    """To what this press, or an earlier one with the same nonce, has come to."""
    if entry.workflow_id != form.workflow.pk or entry.request != kept(form.request()):
        form.add_error(None, RESENT)
        return again(request, form, WRONG, sent=entry)
    if entry.state == Launch.State.REJECTED:
        form.add_error(None, f"Nothing was started. {entry.error}")
        return again(request, form, WRONG)
    if entry.state == Launch.State.LAUNCHED:
        drafts.forget(cast("User", request.user), form.workflow)
        return redirect("runs:run_detail", entry.run_id)
    return redirect("runs:launch_state", entry.pk)


def again(request: HttpRequest, form: LaunchForm, status: int, **more: Any) -> HttpResponse:
    """The form as it was typed, under a new nonce: the one it came with may be used up."""
    if form.errors.pop("nonce", None):
        form.add_error(None, "The form was not complete. Look through it and launch again.")
    form.renew_nonce()
    drafts.save(cast("User", request.user), form)
    return page(request, form, status, **more)


def explain(form: LaunchForm, error: errors.SkyvernError) -> None:
    """Put what Skyvern said at the fields it is about, or on top."""
    if isinstance(error, errors.Unavailable):
        form.add_error(None, f"Nothing was started. {error.message}")
        return
    named = blame(error, form.parameters, form.values(), set(LaunchForm.base_fields))
    for name, said in named.items():
        form.add_error(name, f"Skyvern refused it: {said}")
    if not named:
        form.add_error(None, f"Skyvern refused the launch: {error.message}")


def token(request: HttpRequest, entry: Launch) -> str:
    return f"{entry.state}|{entry.run_id}|{entry.updated_at.timestamp()}"


@needs("runs.launch_run")
@require_safe
def launch_state(request: HtmxRequest, nonce: uuid.UUID) -> HttpResponseBase:
    """What is known of a press whose answer did not come (yet); goes on to its run once found."""
    entry = get_object_or_404(Launch.objects.select_related("workflow"), pk=nonce)
    if entry.run_id:
        url = reverse("runs:run_detail", args=[entry.run_id])
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return state_page(request, entry)


@ptag(token)
def state_page(request: HtmxRequest, entry: Launch) -> HttpResponse:
    name = "agents/launch_state.html#live" if request.htmx else "agents/launch_state.html"
    looked_for = entry.state == Launch.State.UNKNOWN and entry.error == NOT_FOUND
    context = {"entry": entry, "token": token(request, entry), "looked_for": looked_for}
    return render(request, name, context)
