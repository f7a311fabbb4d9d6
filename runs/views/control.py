"""The buttons on a run: each is one POST, one verb, one sentence about what came of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern import errors
from runs import actions
from runs.models import Run


@needs("runs.cancel_run")
@require_POST
def run_cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=run_id)

    def act() -> str:
        actions.cancel(run, actor=Actor.of(request))
        return f"Canceled “{run.title or run.run_id}”. A step already at work may still finish."

    return _answer(request, run, act)


@needs("runs.retry_run")
@require_POST
def run_resume(request: HttpRequest, run_id: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=run_id)

    def act() -> str:
        actions.resume(run, actor=Actor.of(request))
        return f"“{run.title or run.run_id}” goes on."

    return _answer(request, run, act)


@needs("runs.retry_run")
@require_POST
def run_replay_webhook(request: HttpRequest, run_id: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=run_id)

    def act() -> str:
        answer = actions.replay_webhook(run, actor=Actor.of(request))
        if answer.error or not answer.status_code or answer.status_code >= 400:
            why = answer.error or f"the receiver answered {answer.status_code}"
            raise errors.Rejected(f"The webhook was sent but not taken: {why}")
        return f"The webhook was sent; the receiver answered {answer.status_code}."

    return _answer(request, run, act)


@needs("runs.retry_run")
@require_POST
def run_retry(request: HttpRequest, run_id: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=run_id)
    try:
        # One form serves every row of a table: each run makes a nonce of its own from it.
        nonce = uuid5(UUID(request.POST.get("nonce", "")), run.run_id)
    except ValueError:
        messages.error(request, "The page was too old to retry from. Please press Retry again.")
        return back(request, run.get_absolute_url())
    try:
        new = actions.retry(run, actor=Actor.of(request), nonce=nonce)
    except errors.Unknown as error:
        messages.warning(
            request, f"“{run.title or run.run_id}” may have been retried: {error.message}"
        )
        return redirect("runs:launch_state", nonce)
    except errors.SkyvernError as error:
        messages.error(request, f"“{run.title or run.run_id}” was not retried: {error.message}")
        return back(request, run.get_absolute_url())
    messages.success(request, f"Retried “{run.title or run.run_id}”: this is the new run.")
    return redirect(new)


def _answer(request: HttpRequest, run: Run, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except errors.SkyvernError as error:
        messages.error(request, error.message)
    return back(request, run.get_absolute_url())
