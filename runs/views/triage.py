"""What people say of a group of failures: what is known, whose it is, what belongs together."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard import audit
from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.models import Revision
from dashboard.redirects import back
from runs import failures
from runs.mirror import failures as mirrored
from runs.models import FailureGroup
from runs.views.failures import everything, token

LONGEST_NOTE = 4_000
State = FailureGroup.State
MOVES = {"known": State.KNOWN, "resolve": State.RESOLVED, "reopen": State.KNOWN}
SAID = {"known": "known", "resolve": "resolved", "reopen": "open again"}


@needs("runs.triage_failure")
@require_POST
def failure_state(request: HttpRequest, pk: int) -> HttpResponse:
    """`verb`: known, resolve, reopen; take, leave: whose it is."""
    group = get_object_or_404(FailureGroup, pk=pk)
    verb = request.POST.get("verb", "")
    if verb in MOVES:
        group.state, group.state_at = MOVES[verb], timezone.now()
        group.save(update_fields=["state", "state_at"])
        _noted(request, group, f"marked {SAID[verb]}")
        messages.success(request, f"This failure is {SAID[verb]}.")
    elif verb in ("take", "leave"):
        user = request.user if verb == "take" and isinstance(request.user, User) else None
        group.owner = user
        group.save(update_fields=["owner"])
        _noted(request, group, "taken" if user else "given back")
        messages.success(request, "It is yours." if user else "It is nobody's.")
    return back(request, group.get_absolute_url())


@needs("runs.triage_failure")
@require_POST
def failure_note(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of it, in place of what was said before."""
    group = get_object_or_404(FailureGroup, pk=pk)
    note = request.POST.get("note", "").replace("\0", "").strip()
    if len(note) > LONGEST_NOTE:
        messages.error(request, f"A note has {LONGEST_NOTE:,} characters at the most.")
        shown = everything(group) | {"typed": note, "token": token(request)}
        return render(request, "failures/failure_detail.html", shown, status=422)
    group.note = note
    group.save(update_fields=["note"])
    _noted(request, group, "noted", note[:200])
    messages.success(request, "The note is kept.")
    return back(request, group.get_absolute_url())


@needs("runs.triage_failure")
@require_POST
def failure_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """`into`: the id of the group that both are one with."""
    group = get_object_or_404(failures.listed(), pk=pk)
    into = request.POST.get("into", "")
    found = failures.listed().filter(workflow=group.workflow_id).exclude(pk=pk)
    target = found.filter(pk=int(into)).first() if into.isdecimal() and len(into) < 18 else None
    if target is None:
        messages.error(request, "Choose a failure of the same agent that is still there.")
        return back(request, group.get_absolute_url())
    mirrored.merge(group, target)
    _noted(request, target, "merged", f"with “{group}”")
    messages.success(request, "They are one now.")
    return back(request, target.get_absolute_url())


@needs("runs.triage_failure")
@require_POST
def failure_part(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the merge of this group into another."""
    group = get_object_or_404(FailureGroup.objects.select_related("merged_into"), pk=pk)
    if group.merged_into is not None:
        mirrored.part(group)
        _noted(request, group, "parted", f"from “{group.merged_into}”")
        messages.success(request, "They are two again.")
    return back(request, group.get_absolute_url())


def _noted(request: HttpRequest, group: FailureGroup, verb: str, detail: str = "") -> None:
    audit.record(Actor.of(request), verb, group, detail=detail)
    Revision.bump("failures")
