"""Launching an agent: the form, sending it once, and what became of a press of the button."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, ptag

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.htmx import HtmxRequest
from dashboard.skyvern import errors
from runs import actions, credentials, earlier
from runs.actions.launch import kept
from runs.forms import LaunchForm, blame
from runs.models import Launch, Workflow

WRONG = 422
NO_ANSWER = 503
RESENT = (
    "This form was sent before, with other values. Launch again to start another run with these."
)


@needs("runs.launch_run")
@require_http_methods(["GET", "HEAD", "POST"])
def launch(request: HttpRequest, wpid: str) -> HttpResponse:
    """`?from=<run_id>` starts with that run's inputs, `?again=<nonce>` with a launch's."""
    workflow = get_object_or_404(Workflow, pk=wpid)
    names = credentials.choices_for(workflow.parameters)
    if request.method == "POST":
        return submit(request, LaunchForm(workflow, request.POST, credentials=names))
    source = earlier.inputs_of(workflow, request.GET.get("from", ""))
    source = source or earlier.inputs_of_launch(workflow, request.GET.get("again", ""))
    form = LaunchForm(workflow, initial=source.request if source else None, credentials=names)
    return page(request, form, source=source)


def page(request: HttpRequest, form: LaunchForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "workflow": form.workflow,
        "earlier": earlier.runs_of(form.workflow),
        "asked_for": request.GET.get("from", ""),
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
        return redirect("runs:run_detail", entry.run_id)
    return redirect("runs:launch_state", entry.pk)


def again(request: HttpRequest, form: LaunchForm, status: int, **more: Any) -> HttpResponse:
    """The form as it was typed, under a new nonce: the one it came with may be used up."""
    if form.errors.pop("nonce", None):
        form.add_error(None, "The form was not complete. Look through it and launch again.")
    form.renew_nonce()
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
    return render(request, name, {"entry": entry, "token": token(request, entry)})
