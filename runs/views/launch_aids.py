"""What the launch form asks for on the way: keeping a draft, taking a file, showing code."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.skyvern import errors
from runs import drafts, snippets, uploads
from runs.forms import LaunchForm
from runs.models import Workflow
from runs.views.launch import WRONG, again
from runs.views.launch_form import sent


@needs("runs.launch_run")
@require_POST
def draft(request: HttpRequest, wpid: str) -> HttpResponse:
    """Keep what is typed so far; with `discard`, forget it and open a fresh form."""
    workflow, user = get_object_or_404(Workflow, pk=wpid), cast("User", request.user)
    if "discard" in request.POST:
        drafts.forget(user, workflow)
        return redirect("runs:launch", workflow.pk)
    drafts.save(user, LaunchForm(workflow, request.POST))
    return HttpResponse(status=204)


@needs("runs.launch_run")
@require_POST
def upload(request: HttpRequest, wpid: str) -> JsonResponse:
    """A file chosen in the form → {"address"}, or {"error"} in words."""
    workflow, file = get_object_or_404(Workflow, pk=wpid), request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return JsonResponse({"error": "Choose a file."}, status=WRONG)
    try:
        return JsonResponse({"address": uploads.address_of(request, workflow, file)})
    except errors.SkyvernError as error:
        gone = isinstance(error, errors.Unsupported)
        return JsonResponse({"error": error.message, "unsupported": gone}, status=WRONG)


@needs("runs.launch_run")
@require_POST
def launch_code(request: HtmxRequest, wpid: str) -> HttpResponse:
    """What is typed, as commands that start the same run; in a dialog or as a page."""
    workflow = get_object_or_404(Workflow, pk=wpid)
    form = sent(request, workflow, keeping=True)
    name = "agents/launch_code.html#code" if request.htmx else "agents/launch_code.html"
    context = {"workflow": workflow, "form": form}
    if form.is_valid():
        drafts.save(cast("User", request.user), form)
        context["snippets"] = snippets.of(form.request().body())
    elif not request.htmx:
        return again(request, form, WRONG)
    return render(request, name, context)
