"""The panel that filters the runs table: what it offers, what it was given, where it leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.access import needs
from runs.called import Called, Miss
from runs.columns import Layout
from runs.filters import LONGEST, RunFilter, moment
from runs.models import SavedView
from runs.offers import SOUGHT, offers, suggested
from runs.sorting import Order
from runs.views.saved_views import views_of

FOLDED = frozenset(
    ("trigger", "by", "category", "error", "schedule", "tag", "since", "until", "longer", "shorter")
)


@needs("runs.view_run")
@require_safe
def run_offers(request: HttpRequest) -> HttpResponse:
    """Suggestions for what is typed in a field: `?agent=`, `?by=` or `?error=` and the text."""
    for name in SOUGHT:
        if name in request.GET:
            text = request.GET[name].replace("\0", "").strip()[:LONGEST]
            return render(request, "_options.html", {"offers": suggested(name, text)})
    return HttpResponse(status=204)


def panel(
    request: HttpRequest, wanted: RunFilter, called: Called, layout: Layout
) -> dict[str, Any]:
    """What only the whole page shows; the chips are part of what stays live."""
    misses = list(called.misses(wanted))
    since, until = _local(wanted.since), _local(wanted.until)
    return {
        "offers": offers(wanted),
        "typed": replace(called.typed(wanted), since=since, until=until),
        "misses": [_shown(request, wanted, miss) for miss in misses],
        "missed": {miss.name: True for miss in misses},
        "more_filters": _more(request, wanted),
        "fewer_url": address(request, wanted, more=""),
        "views": views_of(request, layout),
    }


def _shown(request: HttpRequest, wanted: RunFilter, miss: Miss) -> dict[str, Any]:
    near = [
        (name or value, address(request, replace(wanted, **{miss.name: value})))  # type: ignore[arg-type]  # a text field
        for value, name in miss.near
    ]
    return {"sentence": miss.sentence, "near": near}


def _more(request: HttpRequest, wanted: RunFilter) -> str:
    """Why the further fields are there: "used", "asked" for just now, or not at all: ""."""
    if FOLDED.intersection(wanted.given):
        return "used"
    return "asked" if request.GET.get("more") else ""


def _local(text: str) -> str:
    """A time as a field for one takes it, whatever zone it was written in."""
    at = moment(text)
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M:%S}" if at else text


def better(request: HttpRequest) -> str:
    """The query to go to instead: the view that opens first, or ids for names; "" to stay."""
    if not request.GET:
        first = SavedView.objects.filter(tablesettings__pk=request.user.pk).first()
        return first.query or "all=1" if first else ""
    wanted = RunFilter.read(request.GET)
    named = Called.of(wanted).with_ids(wanted)
    return "" if named == wanted else named.query(**kept(request))[1:]


def kept(request: HttpRequest) -> dict[str, str]:
    """What an address of the table keeps whatever the filter is: columns, order, an open panel."""
    order = Order.parse(request.GET.get("sort", "-created"))
    found = {name: request.GET.get(name, "") for name in ("cols", "more")}
    found["sort"] = "" if order.is_usual else str(order)
    return {name: value for name, value in found.items() if value}


def address(request: HttpRequest, wanted: RunFilter, **more: str) -> str:
    """Of the table; an empty query would open the view that comes first."""
    query = wanted.query(**{**kept(request), **more})
    return reverse("runs:run_list") + (query if query != "?" else "?all=1")
