"""Who is told of what: the rules, and what each has told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.audit import Actor, record
from dashboard.htmx import HtmxRequest
from dashboard.models import Channel, Revision
from dashboard.polls import depends_on
from dashboard.redirects import back
from runs.alerts import wording
from runs.forms.rule import RuleForm
from runs.models import Alert, Rule

WEEK = timedelta(days=7)
SHOWN = 100
WRONG = 422


def token(request: HttpRequest, *_: Any, **__: Any) -> str:
    may = int(request.user.has_perm("dashboard.own_alerts"))
    moved = Revision.of("alerts", "notifications")
    return f"{moved}|{may}|{request.get_full_path()}"


def rules() -> QuerySet[Rule]:
    """With what a line about each says; no heavy columns."""
    lately = Q(alerts__at__gte=timezone.now() - WEEK)
    found = Rule.objects.select_related("workflow", "group").prefetch_related("channels")
    light = found.defer("workflow__raw", "workflow__parameters", "group__shape")
    return light.annotate(lately=Count("alerts", lately))


@depends_on("alerts", "notifications")
@needs("runs.view_run")
@require_safe
@ptag(token)
def rule_list(request: HtmxRequest) -> HttpResponse:
    context = {
        "rules": rules(),
        "channels": Channel.objects.exists(),
        "token": token(request),
    }
    return render(request, f"alerts/rule_list.html{'#table' if request.htmx else ''}", context)


@depends_on("alerts", "notifications")
@needs("runs.view_run")
@require_safe
@ptag(token)
def rule_detail(request: HtmxRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(rules(), pk=pk)
    alerts = rule.alerts.select_related("run").only(
        *("rule", "key", "title", "reason", "path", "at", "told_at"),
        *("run__run_id", "run__status"),
    )
    context = {
        "rule": rule,
        "alerts": alerts[:SHOWN],
        "quiet_now": rule.is_quiet(timezone.now()),
        "token": token(request),
    }
    return render(request, f"alerts/rule_detail.html{'#live' if request.htmx else ''}", context)


@needs("dashboard.own_alerts")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    """`?agent=`, `?schedule=`, `?failure=` (ids) and `?event=` fill the form in."""
    return edit(request, None)


@needs("dashboard.own_alerts")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return edit(request, get_object_or_404(rules(), pk=pk))


def edit(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RuleForm(rule=rule, given=request.GET.dict(), data=data)
    if not form.is_valid():
        context = {"form": form, "rule": rule, "channels": Channel.objects.exists()}
        return render(request, "alerts/rule_form.html", context, status=WRONG if data else 200)
    saved = save(form, request.user)
    record(Actor.of(request), "changed" if rule else "made", saved, detail=said(saved))
    messages.success(request, f"Saved the rule “{saved}”.")
    return redirect(saved)


def save(form: RuleForm, user: Any) -> Rule:
    """What happened before a change is none of the changed rule's business."""
    rule = form.instance
    rule.workflow, rule.since = form.workflow, timezone.now()
    rule.name = rule.name or free_name(wording.condition(rule), rule.pk)
    if rule.pk is None:
        rule.made_by = user if isinstance(user, User) else None
    with transaction.atomic():
        form.save()
        Revision.bump("alerts")
    return rule


def free_name(wanted: str, pk: int | None) -> str:
    """The words themselves, with a number if another rule is called so."""
    wanted = wanted[:1].upper() + wanted[1:70]
    called_so = Rule.objects.filter(name__startswith=wanted)
    others = called_so.exclude(pk=pk) if pk else called_so
    taken = set(others.values_list("name", flat=True))
    names = (wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def said(rule: Rule) -> str:
    to = ", ".join(str(channel) for channel in rule.channels.all())
    return f"When {wording.condition(rule)}, tell {to or 'nobody'}."


@needs("dashboard.own_alerts")
@require_POST
def rule_act(request: HttpRequest, pk: int) -> HttpResponse:
    """`verb`: on, off or delete."""
    rule = get_object_or_404(Rule, pk=pk)
    verb = request.POST.get("verb", "")
    if verb == "delete":
        record(Actor.of(request), "deleted", rule, detail=said(rule))
        rule.delete()
        Revision.bump("alerts")
        messages.success(request, f"Deleted the rule “{rule}”.")
        return redirect("runs:rule_list")
    if verb in ("on", "off"):
        switch(rule, on=verb == "on")
        record(Actor.of(request), f"switched {verb}", rule, detail=said(rule))
        messages.success(request, f"The rule “{rule}” is {verb}.")
    return back(request, rule.get_absolute_url())


def switch(rule: Rule, *, on: bool) -> None:
    """What happened while it was off, and what it had not told yet, is not told later."""
    now = timezone.now()
    with transaction.atomic():
        changed = {"since": now} if on else {}
        Rule.objects.filter(pk=rule.pk).update(enabled=on, **changed)
        Alert.objects.filter(rule=rule, told_at=None).update(told_at=now)
        Revision.bump("alerts")
