"""The runs table: filters and page in the URL, rows that stay where they are while they live."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard import clock
from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs import paging, sorting
from runs.called import Called
from runs.chips import chips
from runs.columns import Layout
from runs.filters import RunFilter
from runs.models import Run
from runs.paging import Page
from runs.rows import ROW_FIELDS, dressed
from runs.selection import WINDOW
from runs.sorting import Order
from runs.sums import capped, summed
from runs.views.filter_panel import address, better, panel

PAGE_SIZE = 50
MAY = ("runs.cancel_run", "runs.retry_run", "schedules.view_schedule")
"""What the rows are drawn by: their buttons, and the links to schedules."""
SHARED_SECONDS = 5


def _moved(request: HttpRequest) -> str:
    """What the table depends on but its address; it is not drawn again while it stays the same."""
    may = "".join(str(int(request.user.has_perm(name))) for name in MAY)
    minute = int(time.time()) // 60 if "last" in request.GET else ""
    return f"{Revision.of('runs')}|{may}|{minute}"


def _token(request: HttpRequest, moved: str) -> str:
    return f"{moved}|{request.GET.urlencode()}"


@depends_on("runs")
@needs("runs.view_run")
@require_safe
def run_list(request: HtmxRequest) -> HttpResponse:
    if not request.htmx and (query := better(request)):
        return HttpResponseRedirect(f"{reverse('runs:run_list')}?{query}")
    # Read first: what changes from here on is asked for by the next poll.
    return _table(request, _moved(request))


@ptag(_token)
def _table(request: HtmxRequest, moved: str) -> HttpResponse:
    layout = Layout.of(request)
    if request.htmx:
        return HttpResponse(_live(request, moved, layout))
    context = rows(request, layout)
    polled = QueryDict(urlsplit(context["poll_url"]).query).urlencode()
    context |= {"token": f"{moved}|{polled}"}
    context |= panel(request, context["filter"], context["called"], layout)
    return render(request, "runs/run_list.html", context)


def _live(request: HttpRequest, moved: str, layout: Layout) -> str:
    """The part that is polled; drawn once for all who see the same: a change brings them all.

    Whatever it shows of who looks has to be in `seen`, or others are shown it.
    """
    zone = timezone.get_current_timezone_name()
    seen = _token(request, moved), layout.names, layout.is_dense, zone, clock.hours()
    key, drawn = sha256(repr(seen).encode()).hexdigest(), caches["drawn"]
    found: str | None = drawn.get(key)
    if found is None:
        found = render_to_string("runs/run_list.html#table", rows(request, layout), request)
        drawn.set(key, found, SHARED_SECONDS)
    return found


def rows(request: HttpRequest, layout: Layout) -> dict[str, Any]:
    """What the live region shows. New runs are announced, they do not push what is read."""
    wanted = RunFilter.read(request.GET)
    order = Order.parse(request.GET.get("sort", "-created"))
    turned = _by_creation(request, wanted) if order.is_usual else _sorted(request, wanted, order)
    to, called = partial(address, request), Called.of(wanted)
    here = {name: request.GET[name] for name in ("older", "newer", "after") if name in request.GET}
    page, total = turned["page"], paging.count(wanted.select())
    return {
        "filter": wanted,
        "called": called,
        "chips": chips(wanted, called, to),
        "cleared_url": to(RunFilter()),
        "layout": layout,
        "order": order,
        "rows": dressed(page.runs, layout.names),
        "total": total,
        "sum": summed(page.runs, total, turned.get("arrived", 0)),
        "window": WINDOW,
        "new": capped(turned.get("arrived", 0)),
        "searched_back_to": _created(page.searched_to),
        "filter_query": wanted.query()[1:],
        "here": to(wanted, **here),
        "newest_url": to(wanted),
        "sort_urls": {name: to(wanted, sort=str(order.turned(name))) for name in sorting.NAMES},
        "newer_url": to(wanted, newer=str(page.newer or "")),
        "older_url": to(wanted, older=str(page.older or "")),
        "after_url": to(wanted, after=turned.get("after", "")),
        "poll_url": to(wanted, **here, since=turned.get("since", "")),
        **turned,
    }


def _by_creation(request: HttpRequest, wanted: RunFilter) -> dict[str, Any]:
    """`page`, how many runs have `arrived` since it was opened, and `since`: its newest place."""
    chosen = wanted.select()
    if (older := paging.parse(request.GET.get("older", ""))) is not None:
        return {"page": paging.older_than(older, chosen, ROW_FIELDS, PAGE_SIZE)}
    if (newer := paging.parse(request.GET.get("newer", ""))) is not None:
        return {"page": paging.newer_than(newer, chosen, ROW_FIELDS, PAGE_SIZE)}
    if (since := paging.parse(request.GET.get("since", ""))) is not None:
        page, arrived = paging.since(since, chosen, ROW_FIELDS, PAGE_SIZE)
        return {"page": page, "arrived": arrived, "since": str(since)}
    page = paging.newest(chosen, ROW_FIELDS, PAGE_SIZE)
    return {"page": page, "since": str(page.runs[0].place) if page.runs else ""}


def _sorted(request: HttpRequest, wanted: RunFilter, order: Order) -> dict[str, Any]:
    after = request.GET.get("after", "")
    found = sorting.page(wanted.select(), order, after, ROW_FIELDS, PAGE_SIZE)
    return {
        "page": Page(found.runs),
        "after": found.after,
        "is_further": bool(after),
        "sorted_back_to": _created(found.sorted_back_to),
    }


def _created(place: int | None) -> datetime | None:
    if place is None:
        return None
    return Run.objects.filter(place=place).values_list("created_at", flat=True).first()
