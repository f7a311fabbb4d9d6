"""Where people are told of things: e-mail, Slack, webhooks."""

from __future__ import annotations

from typing import cast
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.audit import Actor, record
from dashboard.htmx import HtmxRequest
from dashboard.models import Channel, Notification, Revision
from dashboard.notify import message, outbox, webhook
from dashboard.polls import depends_on
from dashboard.redirects import back
from runs.forms.channel import NO_MAIL, ChannelForm, masked
from runs.views.rules import WRONG, token

SHOWN = 20
SHOWN_ONCE = "new-secret"


@depends_on("alerts", "notifications")
@needs("runs.view_run")
@require_safe
@ptag(token)
def channel_list(request: HtmxRequest) -> HttpResponse:
    newest = Notification.objects.defer("document").order_by("-made_at")[:1]
    channels = Channel.objects.prefetch_related(
        "rules", Prefetch("notifications", newest, to_attr="newest")
    )
    context = {
        "rows": [(channel, masked(channel)) for channel in channels],
        "kinds": Channel.Kind.choices,
        "token": token(request),
    }
    return render(request, f"alerts/channel_list.html{'#table' if request.htmx else ''}", context)


@needs("dashboard.own_alerts")
@require_http_methods(["GET", "HEAD", "POST"])
def channel_new(request: HttpRequest) -> HttpResponse:
    """`?kind=`: email, slack or webhook."""
    kind = request.GET.get("kind", Channel.Kind.EMAIL)
    if kind not in Channel.Kind:
        raise Http404("no such kind of channel")
    return edit(request, Channel(kind=kind, made_by=cast("User", request.user)))


@needs("dashboard.own_alerts")
@require_http_methods(["GET", "HEAD", "POST"])
def channel_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is called, where it leads, and what was sent there lately."""
    return edit(request, get_object_or_404(Channel, pk=pk))


def edit(request: HttpRequest, channel: Channel) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    is_new, had_secret = channel.pk is None, bool(channel.secret)
    form = ChannelForm(channel, data)
    if not form.is_valid():
        context = {
            "form": form,
            "channel": channel,
            "kinds": Channel.Kind.choices,
            "secret": request.session.pop(f"{SHOWN_ONCE}-{channel.pk}", "") if not data else "",
            "sent": channel.notifications.all()[:SHOWN] if channel.pk else [],
            "rules": channel.rules.all() if channel.pk else [],
            "no_mail": "" if settings.HAS_MAIL or channel.kind != Channel.Kind.EMAIL else NO_MAIL,
        }
        return render(request, "alerts/channel.html", context, status=WRONG if data else 200)
    saved = form.save()
    if saved.secret and not had_secret:
        request.session[f"{SHOWN_ONCE}-{saved.pk}"] = saved.secret
    Revision.bump("notifications")
    record(Actor.of(request), "made" if is_new else "changed", saved, detail=said(saved))
    messages.success(request, f"Saved the channel “{saved}”.")
    return redirect(saved)


def said(channel: Channel) -> str:
    return f"{channel.get_kind_display()} to {masked(channel)}."


@needs("dashboard.own_alerts")
@require_POST
def channel_act(request: HttpRequest, pk: int) -> HttpResponse:
    """`verb`: test, secret (another one to sign with) or delete."""
    channel = get_object_or_404(Channel, pk=pk)
    verb = request.POST.get("verb", "")
    if verb == "test":
        test(request, channel)
    elif verb == "secret" and channel.kind == Channel.Kind.WEBHOOK:
        channel.secret = webhook.new_secret()
        channel.save(update_fields=["secret"])
        request.session[f"{SHOWN_ONCE}-{channel.pk}"] = channel.secret
        record(Actor.of(request), "made a new secret for", channel)
        messages.success(request, "The channel signs with a new secret from now on.")
    elif verb == "delete":
        record(Actor.of(request), "deleted", channel, detail=said(channel))
        channel.delete()
        Revision.bump("notifications")
        messages.success(request, f"Deleted the channel “{channel}”.")
        return redirect("runs:channel_list")
    return back(request, channel.get_absolute_url())


def test(request: HttpRequest, channel: Channel) -> None:
    actor = Actor.of(request)
    document = message.trial(channel.name, actor.name)
    with transaction.atomic():
        outbox.put([channel], key=f"test {uuid4()}", subject=document["title"], document=document)
        record(actor, "tested", channel)
    messages.success(request, "A test is on its way. What comes of it shows here.")
