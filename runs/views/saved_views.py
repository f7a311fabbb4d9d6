"""Named queries of the runs table, and how a person likes the table."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.redirects import back
from runs import columns
from runs.models import SavedView, TableSettings

MOST_PARTS = 100
NOT_KEPT = ("older", "newer", "since", "after", "all", "more")


@dataclass(frozen=True)
class Shown:
    view: SavedView
    url: str
    is_current: bool
    is_default: bool
    may_change: bool


def views_of(request: HttpRequest, layout: columns.Layout) -> list[Shown]:
    """One's own and the shared ones, as links; the current one is marked."""
    user, now = request.user, _kept(request.GET.urlencode())
    found = SavedView.objects.filter(Q(user_id=user.pk) | Q(shared=True))
    return [
        Shown(
            view,
            f"{reverse('runs:run_list')}?{view.query or 'all=1'}",
            view.query == now,
            view.pk == layout.default_view,
            view.user_id == user.pk or user.is_superuser,
        )
        for view in found[:30]
    ]


@needs("runs.view_run")
@require_http_methods(["GET", "HEAD", "POST"])
def view_save(request: HtmxRequest) -> HttpResponse:
    """Keep the filter under a name; a name of one's own is written over."""
    if request.method != "POST":
        return _menu(request, "views")
    name = request.POST.get("name", "").replace("\0", "").strip()[:60]
    query = _kept(request.POST.get("query", ""))
    if not name or len(query) > 2000:
        messages.error(request, "Give the view a name." if not name else "The filter is too long.")
        return _back(request)
    view, _ = SavedView.objects.update_or_create(
        user_id=_me(request),
        name=name,
        defaults={"query": query, "shared": "shared" in request.POST},
    )
    if "default" in request.POST:
        _settings(request, default_view=view)
    messages.success(request, f"Saved the view “{name}”.")
    return _back(request)


@needs("runs.view_run")
@require_POST
def view_change(request: HttpRequest, pk: int) -> HttpResponse:
    """`verb`: delete, share, unshare (one's own), first or last: whether it opens first."""
    view = get_object_or_404(SavedView, Q(user_id=request.user.pk) | Q(shared=True), pk=pk)
    verb = request.POST.get("verb", "")
    if verb in ("first", "last"):
        _settings(request, default_view=view if verb == "first" else None)
    elif view.user_id != request.user.pk and not request.user.is_superuser:
        messages.error(request, f"“{view}” belongs to somebody else.")
    elif verb == "delete":
        view.delete()
        messages.success(request, f"Deleted the view “{view}”.")
    elif verb in ("share", "unshare"):
        view.shared = verb == "share"
        view.save(update_fields=["shared"])
    return _back(request)


@needs("runs.view_run")
@require_http_methods(["GET", "HEAD", "POST"])
def table_settings(request: HtmxRequest) -> HttpResponse:
    """Columns and density."""
    if request.method != "POST":
        return _menu(request, "columns")
    _settings(
        request,
        columns=columns.known(request.POST.getlist("column")),
        dense=request.POST.get("density") == "dense",
    )
    return _back(request)


def _menu(request: HtmxRequest, part: str) -> HttpResponse:
    """Of the table whose query it is asked with; without scripts both are one page."""
    query = request.GET.urlencode()
    layout = columns.Layout.of(request)
    views = views_of(request, layout)
    context = {
        "query": query,
        "here": f"{reverse('runs:run_list')}?{query or 'all=1'}",
        "views": views,
        "view": next((one for one in views if one.is_current), None),
        "layout": layout,
        "all_columns": columns.COLUMNS.values(),
    }
    name = "runs/table_menus.html"
    return render(request, f"{name}#{part}" if request.htmx else name, context)


def _settings(request: HttpRequest, **values: object) -> None:
    TableSettings.objects.update_or_create(user_id=_me(request), defaults=values)


def _me(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _kept(query: str) -> str:
    """A query without its place in the pages, always written in the same way."""
    pairs = parse_qsl(query.replace("\0", ""))[:MOST_PARTS]
    return urlencode([(name, value) for name, value in pairs if name not in NOT_KEPT])


def _back(request: HttpRequest) -> HttpResponse:
    query = _kept(request.POST.get("query", ""))
    return back(request, reverse("runs:run_list") + (f"?{query}" if query else ""))
