"""What was sent, where, and what came of each try."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.audit import Actor, record
from dashboard.htmx import HtmxRequest
from dashboard.models import Notification
from dashboard.notify import outbox
from dashboard.polls import depends_on
from dashboard.redirects import back
from runs.views.rules import token

SHOWN = 100


@depends_on("alerts", "notifications")
@needs("runs.view_run")
@require_safe
@ptag(token)
def notification_list(request: HtmxRequest) -> HttpResponse:
    """The newest; `?state=` failed, waiting or sent."""
    state = request.GET.get("state", "")
    found = Notification.objects.select_related("channel").defer("document")
    if state in Notification.State:
        found = found.filter(state=state)
    context = {
        "sent": found[:SHOWN],
        "state": state,
        "states": Notification.State.choices,
        "token": token(request),
    }
    name = f"alerts/notification_list.html{'#table' if request.htmx else ''}"
    return render(request, name, context)


@depends_on("alerts", "notifications")
@needs("runs.view_run")
@require_safe
@ptag(token)
def notification_detail(request: HtmxRequest, notification_id: UUID) -> HttpResponse:
    notification = find(notification_id)
    context = {
        "notification": notification,
        "document": notification.document,
        "deliveries": notification.deliveries.all(),
        "token": token(request),
    }
    name = f"alerts/notification_detail.html{'#live' if request.htmx else ''}"
    return render(request, name, context)


def find(notification_id: UUID) -> Notification:
    return get_object_or_404(Notification.objects.select_related("channel"), pk=notification_id)


@needs("dashboard.own_alerts")
@require_POST
def notification_again(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Send one now that was not delivered; its id stays, so the other side can tell."""
    notification = find(notification_id)
    if outbox.again(notification):
        record(Actor.of(request), "sent again", notification)
        messages.success(request, "It is being sent again.")
    else:
        messages.error(request, "It has been sent, or is being sent at this moment.")
    return back(request, notification.get_absolute_url())
