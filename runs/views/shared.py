"""What whoever has a share link sees: one run as it stands now, without an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from dashboard.access import View
from dashboard.context import shell
from dashboard.htmx import HtmxRequest
from runs import shared_run, sharing
from runs.models import Artifact
from runs.views import artifacts

HEADERS = {
    "Cache-Control": "private, no-store",  # what is kept could be seen after the link has ended
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
ENDED = (
    "This link has ended",
    "It was for a limited time, or someone has ended it. Whoever gave it to you can give you"
    " another.",
)


def answered_with(headers: Mapping[str, str]) -> Callable[[View], View]:
    """All answers of the view have these."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            for name, value in headers.items():
                response.headers[name] = value
            return response

        return answer

    return decorate


unlisted = answered_with(HEADERS)
"""Its answers are kept nowhere, found by no search, and named to no other site."""


@unlisted
@login_not_required
@require_safe
def shared(request: HtmxRequest, token: str) -> HttpResponse:
    """A snapshot. Each load of the page counts as an opening, a step chosen in it does not."""
    opened = sharing.opened_by(token)
    known = opened.select_related("user", "run__workflow").defer("run__raw", "run__workflow__raw")
    share = known.first()
    if share is None:
        return ended(request)
    if request.method == "GET" and not request.htmx:
        opened.count_opening()
    template = "runs/shared.html#live" if request.htmx else "runs/shared.html"
    return page(request, template, shared_run.of_share(share, request.GET.get("step", "")))


@unlisted
@login_not_required
@require_safe
def shared_file(request: HtmxRequest, token: str, artifact_id: str) -> HttpResponseBase:
    """Of the run that is shared, and of the kinds that its page shows."""
    shown = Artifact.objects.filter(sharing.SHOWN_FILES, run__shares__in=sharing.opened_by(token))
    file = shown.select_related("run", "keeping").filter(pk=artifact_id).first()
    if file is None:
        return ended(request)
    try:
        return artifacts.given(request, file)
    except artifacts.NotGivenError as error:
        why = error.why
        return nothing(request, why.title, why.sentence, status=why.status)


def ended(request: HtmxRequest) -> HttpResponse:
    """The same for whatever opens nothing. A page that is still open is led to it."""
    answer = nothing(request, *ENDED, status=404)
    if request.htmx:
        answer.headers["HX-Refresh"] = "true"
    return answer


def nothing(request: HttpRequest, title: str, sentence: str, *, status: int) -> HttpResponse:
    answer = page(request, "runs/shared_nothing.html", {"title": title, "sentence": sentence})
    answer.status_code = status
    return answer


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Rendered without the request: a page for outsiders is the same whoever opens it, and
    neither begins a session nor reads one."""
    return HttpResponse(render_to_string(template, shell(request) | context))
