"""The tags in a run's head."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.redirects import back
from dashboard.skyvern import errors
from runs import actions
from runs.forms.tags import TagForm
from runs.views import run_detail


@needs("runs.retry_run")
@require_POST
def run_tag(request: HttpRequest, run_id: str) -> HttpResponse:
    """Add and remove tags; the page again, with what was typed, if that did not work."""
    run, form = run_detail.find(run_id), TagForm(request.POST)
    try:
        if form.is_valid():
            add, remove = form.cleaned_data["add"], form.cleaned_data["remove"]
            removed = [remove] if remove else []
            actions.tag_runs([run.pk], add=add, remove=removed, actor=Actor.of(request))
            return back(request, run.get_absolute_url())
    except errors.SkyvernError as error:
        form.add_error("add", error.message)
    if form.data.get("remove") or not run.is_taggable:  # there is no field to say it at
        messages.error(request, " ".join(str(error) for error in form.errors.get("add", [])))
        return back(request, run.get_absolute_url())
    context = run_detail.parts(request, run) | {"tag_form": form}
    return render(request, "runs/run_detail.html", context, status=422)
