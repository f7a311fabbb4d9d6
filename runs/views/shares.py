"""Making links that show a run to people without an account, and ending them."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor, record
from runs.annals import SHARED, UNSHARED
from runs.models import Run, Share

TOO_MANY = (
    f"This run has {Share.MOST} links already, and no more are possible."
    " Revoke one that nobody needs any more."
)


@needs("runs.view_run")
@needs("runs.share_run")
@require_POST
def run_share(request: HttpRequest, run_id: str) -> HttpResponse:
    """`days`: one of Share.LIFETIMES."""
    lifetime = Share.LIFETIMES.get(request.POST.get("days", ""))
    with transaction.atomic():
        # Locked, so that two people at once do not both make the last one.
        run = get_object_or_404(Run.objects.select_for_update().defer("raw"), pk=run_id)
        if lifetime is None:
            messages.error(request, "Choose how long the link is to last.")
        elif run.shares.live().count() >= Share.MOST:
            messages.error(request, TOO_MANY)
        else:
            run.shares.create(user=cast("User", request.user), expires_at=timezone.now() + lifetime)
            detail = f"For {lifetime.days} day{pluralize(lifetime.days)}."
            record(Actor.of(request), SHARED, run, detail=detail)
            messages.success(request, "Made a link. Copy it from below.")
    return redirect(_links_of(run))


@needs("runs.view_run")
@needs("runs.share_run")
@require_POST
def share_revoke(request: HttpRequest, run_id: str, pk: str) -> HttpResponse:
    """One's own or another's: whoever may share may also end it."""
    found = Share.objects.select_related("run", "user").defer("run__raw")
    share = get_object_or_404(found, pk=pk, run_id=run_id)
    with transaction.atomic():
        if Share.objects.live().filter(pk=share.pk).revoke(cast("User", request.user)):
            maker = share.user or "someone who is deleted"
            detail = f"By {maker}, opened {share.opened} time{pluralize(share.opened)}."
            record(Actor.of(request), UNSHARED, share.run, detail=detail)
            messages.success(request, "Revoked the link. It shows nothing any more.")
        else:
            messages.info(request, "That link had ended already.")
    return redirect(_links_of(share.run))


def _links_of(run: Run) -> str:
    return f"{run.get_absolute_url()}?tab=notes#share"
