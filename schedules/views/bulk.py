"""Pausing and resuming many schedules: the question before, and what came of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import ptag

from dashboard import feeds
from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from schedules.actions import bulk as bulks
from schedules.models import Bulk, BulkItem
from schedules.outlook import switched_off
from schedules.pausing.form import PauseForm
from schedules.pausing.progress import Progress, progress_of, word
from schedules.pausing.vital import why_untold
from schedules.tasks import work_bulks
from schedules.views.chosen import Choice, Count

SAMPLE = 8
LISTED = 25
ITEMS_PAGE = 100
WRONG = 422
TICK = "Tick at least one schedule first, then choose what to do."
State = BulkItem.State


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def bulk_new(request: HttpRequest) -> HttpResponse:
    """First says what would happen to how many schedules; a POST does it."""
    posted = request.method == "POST"
    choice = Choice.read(request.POST if posted else request.GET)
    if choice.verb not in Bulk.Verb or choice.is_empty:
        if choice.verb in Bulk.Verb:
            messages.warning(request, TICK)
        return redirect("schedules:schedule_list")
    form = PauseForm(request.POST if posted else None) if choice.verb == "pause" else None
    nonce = _nonce(request)
    if posted and nonce and (form is None or form.is_valid()):
        given = {}
        if form is not None:
            given = {"reason": form.cleaned_data["reason"], "resume_at": form.resume_at()}
        ticked = request.POST.getlist("vital")
        made = bulks.create(
            choice.verb, choice.chosen(ticked), nonce=nonce, actor=Actor.of(request), **given
        )
        return _go_on(made)
    return _ask(request, choice, form, nonce)


def _ask(
    request: HttpRequest, choice: Choice, form: PauseForm | None, nonce: UUID | None
) -> HttpResponse:
    count, vitals = Count.of(choice), choice.vitals()
    able = choice.able().select_related("workflow").defer("raw", "parameters")
    context = {
        "choice": choice,
        "verb": Bulk.Verb(choice.verb),
        "count": count,
        "plain": count.able - len(vitals),
        "vitals": [(mark, why_untold(mark)) for mark in vitals],
        "ticked": request.POST.getlist("vital"),
        "sample": able[:SAMPLE],
        "more": max(0, count.able - SAMPLE),
        "form": form,
        "nonce": nonce or uuid4(),
        "off": switched_off(),
    }
    status = WRONG if request.method == "POST" else 200
    return render(request, "schedules/bulk_new.html", context, status=status)


def token(request: HttpRequest, *_: Any, **__: Any) -> str:
    may = int(request.user.has_perm("schedules.change_schedule"))
    return f"{Revision.of('bulks')}|{feeds.health().state}|{may}|{request.GET.urlencode()}"


@needs("schedules.view_schedule")
@require_safe
@ptag(token)
def bulk_list(request: HtmxRequest) -> HttpResponse:
    """The newest LISTED."""
    before = token(request)
    context = {"all": progress_of(Bulk.objects.all()[:LISTED]), "token": before}
    page = "schedules/bulk_list.html"
    return render(request, f"{page}#table" if request.htmx else page, context)


@needs("schedules.view_schedule")
@require_safe
@ptag(token)
def bulk_detail(request: HtmxRequest, bulk_id: UUID) -> HttpResponse:
    """`?state=` one of them; `?after=` the number of the last item of the page before."""
    before = token(request)
    bulk = get_object_or_404(Bulk.objects.select_related("undo_of"), pk=bulk_id)
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    items = bulk.items.select_related("schedule__workflow").defer(
        "schedule__raw", "schedule__parameters", "schedule__workflow__raw"
    )
    if state in State:
        items = items.filter(state=state)
    if after.isascii() and after.isdigit() and len(after) < 10:
        items = items.filter(number__gt=int(after))
    found = list(items[: ITEMS_PAGE + 1])
    shown = found[:ITEMS_PAGE]
    (progress,) = progress_of([bulk])
    context = {
        "bulk": bulk,
        "progress": progress,
        "done": _done(progress),
        "undone_by": bulk.undone_by.first(),
        "results": [(item, word(item.state, bulk)) for item in shown],
        "later": shown[-1].number if len(found) > ITEMS_PAGE else None,
        "state": state if state in State else "",
        "token": before,
    }
    page = "schedules/bulk_detail.html"
    return render(request, f"{page}#live" if request.htmx else page, context)


def _done(progress: Progress) -> str:
    """The schedules that need no tick in the table any more; ticked are never more than a page."""
    if progress.total > ITEMS_PAGE:
        return ""
    settled = progress.bulk.items.filter(state__in=[State.DONE, State.SKIPPED])
    return " ".join(settled.values_list("schedule_id", flat=True))


@require_POST
@needs("schedules.change_schedule")
def bulk_act(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """`verb`: abort, again (what failed) or undo."""
    bulk = get_object_or_404(Bulk.objects.select_related("undo_of"), pk=bulk_id)
    verb, actor, nonce = request.POST.get("verb"), Actor.of(request), _nonce(request)
    if verb == "abort":
        done = bulks.abort(bulk, actor=actor)
        said = "Aborted. What was waiting is left as it is." if done else "It is over already."
        messages.info(request, said)
    elif verb == "again" and nonce and bulk.items.filter(state=State.FAILED).exists():
        return _go_on(bulks.repeat_failed(bulk, actor=actor, nonce=nonce))
    elif verb == "undo" and nonce and bulk.is_over and bulk.items.filter(state=State.DONE).exists():
        return _go_on(bulks.undo(bulk, actor=actor, nonce=nonce))
    else:
        messages.info(request, "There is nothing of it to do that to.")
    return _go_on(bulk)


def _go_on(bulk: Bulk) -> HttpResponse:
    """To its page; a worker looks at it now rather than at the beat's next tick."""
    transaction.on_commit(work_bulks.delay, robust=True)
    return redirect(bulk)


def _nonce(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("nonce", ""))
    except ValueError:
        return None
