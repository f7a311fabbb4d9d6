"""Jobs: what was started, how far it has come, and what came of each run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard import feeds
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from runs import progress
from runs.batches.checking import canonical
from runs.models import Job, JobItem, Launch, Run
from runs.views.job_control import PERMISSIONS

JOBS_PAGE = 25
ITEMS_PAGE = 100
INPUTS_SHOWN = 4
SHOWN = ("run_id", "title", "status", "place")


def token(request: HttpRequest, *_: Any, **__: Any) -> str:
    may = "".join(str(int(request.user.has_perm(name))) for name in PERMISSIONS.values())
    state = feeds.health().state
    return f"{Revision.of('jobs', 'runs')}|{state}|{may}|{request.GET.urlencode()}"


@needs("runs.view_run")
@require_safe
@ptag(token)
def job_list(request: HtmxRequest) -> HttpResponse:
    """Newest first; `older` is the time of the last one of the page before."""
    before = token(request)
    jobs = _older(Job.objects.select_related("workflow"), request.GET.get("older", ""))
    found = list(jobs[: JOBS_PAGE + 1])
    shown = found[:JOBS_PAGE]
    last = shown[-1].created_at.isoformat() if len(found) > JOBS_PAGE else ""
    context = {
        "all": progress.of(shown),
        "older": urlencode({"older": last}) if last else "",
        "paged": "older" in request.GET,
        "token": before,
    }
    name = "jobs/job_list.html#table" if request.htmx else "jobs/job_list.html"
    return render(request, name, context)


def _older(jobs: QuerySet[Job], text: str) -> QuerySet[Job]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return jobs
    return jobs if moment.tzinfo is None else jobs.filter(created_at__lt=moment)


@needs("runs.view_run")
@require_safe
@ptag(token)
def job_detail(request: HtmxRequest, job_id: UUID) -> HttpResponse:
    before = token(request)  # first: what changes from here on is asked for by the first poll
    job = get_object_or_404(Job.objects.select_related("workflow", "user"), pk=job_id)
    (came,) = progress.of([job])
    state = request.GET.get("state", "")
    page = _page(job, state if state in JobItem.State else "", request)
    context = {
        "job": job,
        "progress": came,
        "page": page,
        "done": _done(came),
        "may": request.user.has_perm(PERMISSIONS[job.kind]),
        "here": reverse("runs:job_detail", args=[job.pk]),
        "token": before,
    }
    name = "jobs/job_detail.html#live" if request.htmx else "jobs/job_detail.html"
    return render(request, name, context)


def _done(came: progress.Progress) -> str:
    """The runs that need no tick in the table any more; ticked are never more than a page."""
    if came.job.kind == Job.Kind.LAUNCH or came.total > ITEMS_PAGE:
        return ""
    return " ".join(
        came.job.items.filter(state=JobItem.State.DONE).values_list("run_id", flat=True)
    )


@dataclass(frozen=True)
class Result:
    """An item with the run that was acted on and, of a retry, the new one.

    `inputs` is what a launch was given, in one line.
    """

    item: JobItem
    inputs: str
    word: str
    run: Run | None
    new: Run | None
    new_id: str


@dataclass(frozen=True)
class Page:
    state: str
    results: list[Result]
    earlier: int | None
    later: int | None


def _page(job: Job, state: str, request: HttpRequest) -> Page:
    """Items in their order, of one state or all; `after` and `before` are numbers of items."""
    items = job.items.filter(state=state) if state else job.items.all()
    after, before = _number(request, "after"), _number(request, "before")
    if before is not None:
        found = list(items.filter(number__lt=before).order_by("-number")[: ITEMS_PAGE + 1])
        more, shown = len(found) > ITEMS_PAGE, found[:ITEMS_PAGE][::-1]
        earlier = shown[0].number if more and shown else None
        return Page(state, _results(job, shown), earlier, shown[-1].number if shown else None)
    found = list(items.filter(number__gt=after or 0).order_by("number")[: ITEMS_PAGE + 1])
    shown = found[:ITEMS_PAGE]
    later = shown[-1].number if len(found) > ITEMS_PAGE else None
    return Page(state, _results(job, shown), shown[0].number if after and shown else None, later)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _results(job: Job, items: list[JobItem]) -> list[Result]:
    new_ids: dict[UUID, str] = {}
    if job.kind == Job.Kind.RETRY:
        sent = Launch.objects.filter(pk__in=[item.pk for item in items])
        new_ids = dict(sent.values_list("nonce", "run_id"))
    wanted = {item.run_id for item in items} | set(new_ids.values())
    runs = Run.objects.only(*SHOWN).in_bulk(list(wanted - {""}))
    keys = _telling([item.parameters for item in items])
    return [
        Result(
            item,
            _inputs(item.parameters, keys),
            progress.word(item.state, job),
            runs.get(item.run_id),
            runs.get(new_ids.get(item.pk, "")),
            new_ids.get(item.pk, ""),
        )
        for item in items
    ]


def _telling(launched: list[dict[str, Any]]) -> list[str]:
    """The keys of all parameters, first those by which the launches can be told apart."""
    keys = dict.fromkeys(key for parameters in launched for key in parameters)
    values = {key: {canonical(parameters.get(key)) for parameters in launched} for key in keys}
    return sorted(keys, key=lambda key: len(values[key]) == 1)


def _inputs(parameters: dict[str, Any], keys: list[str]) -> str:
    """As in "customer: Ada · quantity: 2 · 3 more"."""
    given = [(key, parameters[key]) for key in keys if key in parameters]
    said = [
        f"{key}: {value if isinstance(value, str) else canonical(value)}"
        for key, value in given[:INPUTS_SHOWN]
    ]
    more = len(given) - len(said)
    return " · ".join(said) + (f" · {more} more" if more else "")
