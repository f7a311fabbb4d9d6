"""One run: what it is doing or did, what came out of it, and why it failed."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Aggregate, Count, F, Max, Model, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from django_htmx.http import ptag
from kombu.exceptions import OperationalError

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from runs import annals, evidence, failure, inputs
from runs.looking import look, shot_at
from runs.models import Launch, Note, Run, RunDetail, Tag
from runs.tasks import refresh_run
from runs.timeline import shape

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
    """The run with when its detail was read and how its tags and notes stand; no heavy columns."""
    runs = Run.objects.select_related("workflow", "failure_group").defer("raw", "workflow__raw")
    known = runs.annotate(
        fetched_at=F("detail__fetched_at"),
        newest_tag=_over_its(Tag, Max("pk")),
        tag_count=_over_its(Tag, Count("pk")),
        newest_note=_over_its(Note, Max("pk")),
        note_count=_over_its(Note, Count("pk")),
    )
    return get_object_or_404(known, pk=run_id)


def _over_its(model: type[Model], aggregate: Aggregate) -> Subquery:
    of_run = model._default_manager.filter(run=OuterRef("pk")).order_by().values("run")
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
    times = (run.changed_at, run.fetched_at, run.missing_at, run.stuck_at)
    settling = "settling" if evidence.is_settling(run) else ""
    state = "" if run.fetched_at and not run.detail_due else feeds.health().state
    alike = run.failure_group.runs if run.failure_group else 0
    told = f"{run.newest_tag}-{run.tag_count}-{run.newest_note}-{run.note_count}-{alike}"
    asked = request.get_full_path()
    return "|".join((*(stamp(time) for time in times), told, may, state, settling, asked))


VERBS = ("cancel_run", "retry_run", "launch_run", "add_note")


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
    return everything(run, request.GET.get("step", "")) | {"tab": tab, "tabs": TABS.items()}


def everything(run: Any, step_key: str) -> dict[str, Any]:
    """What only one tab shows is a call; outputs, which can be megabytes, are read by none else."""
    detail = RunDetail.objects.defer("outputs").filter(pk=run.pk).first()
    found, tried = (detail.timeline, detail.attempts) if detail else ([], [])
    steps = shape(found, now=timezone.now(), tried=tried)
    launch = Launch.objects.select_related("user").filter(run_id=run.pk).first()
    files = evidence.of_run(run, detail, list(run.artifacts.all()[: evidence.MAX_FILES + 1]), steps)
    why = failure.of_run(run, detail, steps)
    return {
        "run": run,
        "detail": detail,
        "timeline": steps,
        "look": look(run, steps, files, step_key),
        "failure": why,
        "failure_shot": failure_shot(why, files),
        "last_good": last_good(run) if why else None,
        "file_count": files.count,
        "files": files,
        "outputs": lambda: split_outputs(detail.outputs if detail else None),
        "inputs": inputs.of_run(run, detail, launch),
        "launch": launch,
        "tags": list(run.tags.values_list("label", flat=True)),
        "retried_from": retried_from(run, launch),
        "retried_as": retried_as(run),
        "notes": partial(notes, run),
        "annals": partial(annals.of_run, run, launch),
        "raw": partial(raw, run, detail),
    }


def notes(run: Run) -> list[Note]:
    """The newest ones, in the order in which they were written."""
    found = run.notes.select_related("user").order_by("-created_at", "-pk")[:MOST_NOTES]
    return list(found)[::-1]


def failure_shot(why: failure.Failure | None, files: evidence.Evidence) -> evidence.Shot | None:
    """What was on screen when it failed, or the last thing that was."""
    if why is None:
        return None
    return shot_at(why.path, files) or next(reversed(files.visible), None)


def last_good(run: Run) -> Run | None:
    """The agent's newest completed run before this one."""
    good = Run.objects.filter(workflow=run.workflow_id, phase=Run.Phase.COMPLETED)
    before = good.filter(place__lt=run.place).newest()
    return before.only("run_id", "created_at").first() if run.workflow_id else None


def split_outputs(found: Any) -> list[tuple[str, Any]]:
    """What was extracted first, then the output of each block; empty ones are left out."""
    if not isinstance(found, dict):
        return [("Output", found)] if found not in (None, "", []) else []
    extracted = found.get("extracted_information")
    named = [(key, value) for key, value in found.items() if key != "extracted_information"]
    first = [("Extracted information", extracted)] if extracted else []
    return first + [
        (key.removesuffix("_output"), value) for key, value in named if value is not None
    ]


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


def raw(run: Run, detail: RunDetail | None) -> dict[str, Any]:
    names = [field.name for field in RunDetail._meta.fields if field.name not in ("run", "error")]
    return {
        "run": run.raw,
        "detail": {name: getattr(detail, name) for name in names} if detail else None,
    }


@needs("runs.view_run")
@require_safe
def run_json(request: HttpRequest, run_id: str, part: str) -> HttpResponse:
    """One part of a run, whole, as a file: output, inputs, timeline or raw."""
    run = find(run_id)
    detail = RunDetail.objects.filter(pk=run.pk).first()
    launch = Launch.objects.filter(run_id=run.pk).first()
    parts: dict[str, Any] = {
        "output": detail.outputs if detail else None,
        "inputs": inputs.of_run(run, detail, launch).as_json(),
        "timeline": detail.timeline if detail else [],
        "raw": raw(run, detail),
    }
    if part not in parts:
        raise Http404("no such part")
    body = json.dumps(parts[part], indent=1, ensure_ascii=False, default=str)
    name = content_disposition_header(True, f"{run.run_id}-{part}.json")
    headers = {"Content-Disposition": name or "", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type="application/json", headers=headers)
