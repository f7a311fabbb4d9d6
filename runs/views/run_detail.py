"""One run: what it is doing or did, what came out of it, and why it failed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Aggregate, Count, F, Manager, Max, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag
from kombu.exceptions import OperationalError

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from runs import annals, course, evidence, inputs, setup, sharing
from runs.models import Launch, Note, Run, RunDetail, Share, Tag
from runs.tasks import refresh_run
from runs.views import run_output
from runs.views.run_file import raw_shown

log = logging.getLogger(__name__)

TABS = {
    "steps": "Steps",
    "output": "Output",
    "inputs": "Inputs",
    "files": "Files",
    "notes": "Notes",
    "raw": "Raw",
}
MOST_NOTES = 200
WATCH_EVERY = timedelta(seconds=10)


@needs("runs.view_run")
@require_safe
def run_detail(request: HtmxRequest, run_id: str) -> HttpResponse:
    run = find(run_id)
    watch(run)
    return page(request, run)


def find(run_id: str) -> Any:
    """The run with how its detail, tags, notes and share links stand; no heavy columns."""
    runs = Run.objects.select_related("workflow", "failure_group").defer("raw", "workflow__raw")
    known = runs.annotate(
        fetched_at=F("detail__fetched_at"),
        newest_tag=_over_its(Tag.objects, Max("pk")),
        tag_count=_over_its(Tag.objects, Count("pk")),
        newest_note=_over_its(Note.objects, Max("pk")),
        note_count=_over_its(Note.objects, Count("pk")),
        share_count=_over_its(Share.objects.live(), Count("pk")),
        share_opened_at=_over_its(Share.objects, Max("opened_at")),
    )
    return get_object_or_404(known, pk=run_id)


def _over_its(rows: Manager[Any] | QuerySet[Any], aggregate: Aggregate) -> Subquery:
    of_run = rows.filter(run=OuterRef("pk")).order_by().values("run")
    return Subquery(of_run.annotate(told=aggregate).values("told"))


def watch(run: Any) -> None:
    """Note that someone looks, so that the refresh hurries; ask for the detail if it is old."""
    now = timezone.now()
    edge = now - WATCH_EVERY
    if run.watched_at is not None and run.watched_at >= edge:
        return
    unwatched = Q(watched_at=None) | Q(watched_at__lt=edge)
    if not Run.objects.filter(unwatched, pk=run.pk).update(watched_at=now):
        return
    if run.fetched_at is None or run.detail_due or run.is_live:
        ask_for(run.pk)


def ask_for(run_id: str) -> None:
    try:
        refresh_run.delay(run_id)
    except OperationalError as error:  # the beat asks for it again
        log.warning("could not ask for the detail of %s: %s", run_id, error)


def token(request: HttpRequest, run: Any) -> str:
    may = "".join(str(int(request.user.has_perm(f"runs.{verb}"))) for verb in VERBS)
    times = (run.changed_at, run.fetched_at, run.missing_at, run.stuck_at, run.share_opened_at)
    settling = "settling" if evidence.is_settling(run) else ""
    state = "" if run.fetched_at and not run.detail_due else feeds.health().state
    alike = run.failure_group.runs if run.failure_group else 0
    tags, notes = (run.newest_tag, run.tag_count), (run.newest_note, run.note_count)
    told = "-".join(map(str, (*tags, *notes, run.share_count, alike)))
    asked = request.get_full_path()
    return "|".join((*(stamp(time) for time in times), told, may, state, settling, asked))


VERBS = ("cancel_run", "retry_run", "launch_run", "add_note", "share_run")


def stamp(time: datetime | None) -> str:
    return f"{time.timestamp():.6f}" if time else ""


@ptag(token)
def page(request: HtmxRequest, run: Any) -> HttpResponse:
    context = parts(request, run)
    if request.htmx:
        return render(request, "runs/run_detail.html#live", context)
    return render(request, "runs/run_detail.html", context | {"token": token(request, run)})


def parts(request: HttpRequest, run: Any) -> dict[str, Any]:
    tab = request.GET.get("tab", "steps")
    if tab not in TABS:
        raise Http404("no such tab")
    return everything(run, request.GET.get("step", "")) | {
        "tab": tab,
        "tabs": TABS.items(),
        "output": partial(run_output.shown, request, run),
        "shares": partial(sharing.of_run, run, request),
    }


def everything(run: Any, step_key: str) -> dict[str, Any]:
    """What only one tab shows is a call; outputs, which can be megabytes, are read by none else."""
    detail = RunDetail.objects.defer("outputs").filter(pk=run.pk).first()
    launch = Launch.objects.select_related("user").filter(run_id=run.pk).first()
    went = course.of_run(run, detail, evidence.files_of(run), step_key)
    given = inputs.of_run(run, detail, launch)
    return went | {
        "run": run,
        "detail": detail,
        "last_good": last_good(run) if went["failure"] else None,
        "wrong": setup.wrong(went["failure"], given),
        "inputs": given,
        "launch": launch,
        "tags": list(run.tags.values_list("label", flat=True)),
        "retried_from": retried_from(run, launch),
        "retried_as": retried_as(run),
        "notes": partial(notes, run),
        "annals": partial(annals.of_run, run, launch),
        "raw": partial(raw_shown, run, detail),
    }


def notes(run: Run) -> list[Note]:
    """The newest ones, in the order in which they were written."""
    found = run.notes.select_related("user").order_by("-created_at", "-pk")[:MOST_NOTES]
    return list(found)[::-1]


def last_good(run: Run) -> Run | None:
    """The agent's newest completed run before this one."""
    good = Run.objects.filter(workflow=run.workflow_id, phase=Run.Phase.COMPLETED)
    before = good.filter(place__lt=run.place).newest()
    return before.only("run_id", "created_at").first() if run.workflow_id else None


def retried_from(run: Run, launch: Launch | None) -> str:
    """Upstream does not link a retry to its original; the press of the button does."""
    pressed = launch.request.get("retry_of", "") if launch else ""
    return str(pressed or run.retried_from_id)


def retried_as(run: Run) -> list[str]:
    if run.is_live or run.workflow_id is None:
        return []
    later = Launch.objects.filter(workflow_id=run.workflow_id, created_at__gte=run.created_at)
    found = later.filter(request__retry_of=run.pk).exclude(run_id="").order_by("created_at")
    return list(found.values_list("run_id", flat=True)[:10])
