"""A run beside another of its agent, by default the last one that went well before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from runs.comparison import Side, compare
from runs.models import Artifact, Launch, Run, RunDetail
from runs.outputs import stored
from runs.views.run_detail import find, last_good, stamp, watch
from runs.views.run_output import document_of

OFFERED = 10
MOST_COMPARED = 2_000_000
"""Characters of an output."""


@dataclass(frozen=True)
class Pair:
    """`other` is None where there is none; `trouble` says what is wrong with the one asked for."""

    this: Any
    other: Any = None
    trouble: str = ""
    is_last_good: bool = False

    @property
    def runs(self) -> list[Any]:
        return [run for run in (self.this, self.other) if run is not None]


@needs("runs.view_run")
@require_safe
def run_compare(request: HtmxRequest, run_id: str) -> HttpResponse:
    """`?with=` the id of any other run."""
    pair = chosen(find(run_id), request.GET.get("with", "").replace("\0", "").strip()[:128])
    if pair.other is not None:
        for run in pair.runs:
            watch(run)
    return page(request, pair)


def chosen(run: Any, wanted: str) -> Pair:
    good = last_good(run)
    if wanted == run.pk:
        return Pair(run, trouble="That is this run itself. Choose another one.")
    wanted = wanted or (good.pk if good else "")
    if not wanted:
        return Pair(run)
    try:
        other = find(wanted)
    except Http404:
        return Pair(run, trouble=f"No run “{wanted}” is known here. Look whether its id is right.")
    return Pair(run, other, is_last_good=good is not None and other.pk == good.pk)


def token(request: HtmxRequest, pair: Pair) -> str:
    times = [
        stamp(time)
        for run in pair.runs
        for time in (run.changed_at, run.fetched_at, run.missing_at)
    ]
    is_read = all(run.fetched_at for run in pair.runs)
    state = "" if is_read else feeds.health().state
    found = pair.other.pk if pair.other else ""
    return "|".join((*times, state, found, request.get_full_path()))


@ptag(token)
def page(request: HtmxRequest, pair: Pair) -> HttpResponse:
    context = parts(pair)
    if request.htmx:
        return render(request, "runs/compare.html#live", context)
    return render(request, "runs/compare.html", context | {"token": token(request, pair)})


def parts(pair: Pair) -> dict[str, Any]:
    context = {
        "run": pair.this,
        "other": pair.other,
        "pair": pair.runs,
        "others": others(pair),
        "trouble": pair.trouble,
    }
    if pair.other is None:
        return context
    details = RunDetail.objects.defer("outputs").in_bulk([run.pk for run in pair.runs])
    launches = {
        launch.run_id: launch
        for launch in Launch.objects.filter(run_id__in=details).order_by("created_at")
    }
    this, other = (
        Side(
            run,
            details.get(run.pk),
            launches.get(run.pk),
            *stored.settled(partial(beginning, run)),
            last_shot(run),
        )
        for run in pair.runs
    )
    return context | {
        "other_name": "Last good run" if pair.is_last_good else "The other run",
        "unread": [side.run for side in (this, other) if side.detail is None],
        "comparison": compare(this, other, now=timezone.now()),
    }


def beginning(run: Run) -> tuple[Any, bool]:
    """Of the output as much as can be compared, and whether there is more."""
    return document_of(run).beginning(MOST_COMPARED)


def last_shot(run: Run) -> list[Artifact]:
    """The newest screenshot, alone; whether it is archived is for the page to say."""
    shots = run.artifacts.filter(type__startswith="screenshot")
    return list(shots.order_by(F("created_at").desc(nulls_last=True), "-artifact_id")[:1])


def others(pair: Pair) -> list[Run]:
    """The agent's newest runs but for this one, and the one that it is compared with."""
    run = pair.this
    if run.workflow_id is None:
        return []
    found = Run.objects.filter(workflow=run.workflow_id).exclude(pk=run.pk).newest()
    offered = list(found.only("run_id", "status", "created_at")[:OFFERED])
    if pair.other and pair.other not in offered:
        offered.append(pair.other)
    return offered
