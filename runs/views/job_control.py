"""Starting jobs over the runs of the table, and the buttons on a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from runs.actions import jobs
from runs.chosen import Chosen, Count, sample
from runs.forms.job import TagForm
from runs.models import Job, JobItem

PERMISSIONS = {
    Job.Kind.CANCEL.value: "runs.cancel_run",
    Job.Kind.RETRY.value: "runs.retry_run",
    Job.Kind.TAG.value: "runs.retry_run",
    Job.Kind.LAUNCH.value: "runs.launch_run",
}
MOVES: dict[str, tuple[Callable[..., bool], str]] = {
    "pause": (jobs.pause, "Paused. What is at work now still ends."),
    "resume": (jobs.resume, "It goes on."),
    "abort": (jobs.abort, "Aborted. What was waiting is not done."),
}
OVER_RUNS = (Job.Kind.CANCEL, Job.Kind.RETRY, Job.Kind.TAG)
NOTHING = "nothing"
"""What Enter in a box to tick asks for."""
WRONG = 422


@needs("runs.view_run")
@require_http_methods(["GET", "HEAD", "POST"])
def job_new(request: HttpRequest) -> HttpResponse:
    """First says what would happen to how many runs; with that page's `confirmed` it is done.

    A GET comes from a log-in in between, or from a reload: the choice is gone, and is made anew.
    """
    if request.method != "POST":
        messages.info(request, "Tick runs in the table first, then choose below it what to do.")
        return redirect("runs:run_list")
    kind = request.POST.get("kind", "")
    if kind == NOTHING:
        return back(request, reverse("runs:run_list"))
    _check(request, PERMISSIONS.get(kind) or PERMISSIONS[Job.Kind.RETRY])
    try:
        chosen = Chosen.read(request.POST)
    except ValueError as error:
        messages.error(request, f"The filter cannot be used like this: {error}")
        return back(request, reverse("runs:run_list"))
    if kind not in OVER_RUNS or not (chosen.run_ids or chosen.is_filter):
        messages.warning(request, "Tick at least one run first, then choose what to do.")
        return back(request, reverse("runs:run_list"))
    nonce = _nonce(request, "confirmed")  # a form of the table has a nonce for something else
    form = TagForm(request.POST if nonce else None) if kind == Job.Kind.TAG else None
    if nonce is None or (form and not form.is_valid()):
        return _confirm(request, kind, chosen, form)
    return redirect(_create(request, kind, chosen, nonce, form.cleaned_data if form else {}))


def _confirm(request: HttpRequest, kind: str, chosen: Chosen, form: TagForm | None) -> HttpResponse:
    able = chosen.able(kind)
    context = {
        "kind": Job.Kind(kind),
        "chosen": chosen,
        "count": Count.of(chosen, kind),
        "most": jobs.MOST_ITEMS,
        "run_ids": [] if chosen.is_filter else able.values_list("run_id", flat=True),
        "sample": sample(able),
        "form": form,
        "nonce": uuid4(),
        "back": back(request, reverse("runs:run_list")).url,
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "jobs/job_new.html", context, status=WRONG if wrong else 200)


def _create(
    request: HttpRequest, kind: str, chosen: Chosen, nonce: UUID, options: dict[str, Any]
) -> Job:
    common: dict[str, Any] = {
        "actor": Actor.of(request),
        "options": {**options, "table": back(request, reverse("runs:run_list")).url},
        "nonce": nonce,
    }
    if chosen.below is None:
        return jobs.create_for_runs(kind, chosen.run_ids, **common)
    return jobs.create_for_filter(kind, chosen.query, below=chosen.below, **common)


@needs("runs.view_run")
@require_POST
def job_move(request: HttpRequest, job_id: UUID, verb: str) -> HttpResponse:
    """Pause, resume or abort it."""
    job, (move, done) = _job(request, job_id), MOVES[verb]
    if move(job, actor=Actor.of(request)):
        messages.success(request, done)
    else:
        job.refresh_from_db()
        messages.info(request, f"Nothing to change: the job is {job.get_state_display().lower()}.")
    return redirect(job)


@needs("runs.view_run")
@require_POST
def job_again(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """A new job from what failed in this one."""
    job = _job(request, job_id)
    nonce = _nonce(request, "nonce")
    if nonce is None or not job.items.filter(state=JobItem.State.FAILED).exists():
        messages.info(request, "Nothing of it has failed." if nonce else "Please press it again.")
        return redirect(job)
    return redirect(jobs.repeat_failed(job, actor=Actor.of(request), nonce=nonce))


def _job(request: HttpRequest, job_id: UUID) -> Job:
    job = get_object_or_404(Job.objects.select_related("workflow"), pk=job_id)
    _check(request, PERMISSIONS[job.kind])
    return job


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(permission)


def _nonce(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None
