"""The calendar feed: what calendars read, and where a person gets its address."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from dashboard import links
from dashboard.access import needs
from dashboard.audit import Actor, record
from runs.views import shared
from schedules import feed
from schedules.models import CalendarLink
from schedules.outlook import switched_off

HEADERS = shared.HEADERS | {
    "Cache-Control": f"private, max-age={feed.REFRESH.seconds // 4}",
}


@shared.answered_with(HEADERS)
@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """For whoever has the address, as long as its owner may see schedules."""
    link = feed.opened_by(token)
    if link is None:
        return HttpResponse("This calendar has ended.\n", content_type="text/plain", status=404)
    feed.count_reading(link)
    body = feed.calendar(timezone.now(), partial(links.whole, request=request))
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"ETag": tag, "Content-Disposition": 'inline; filename="skydeck.ics"'},
    )
    return get_conditional_response(request, etag=tag, response=answer) or answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.view_schedule")
def calendar(request: HttpRequest) -> HttpResponse:
    """`verb`: make (another one, if there is one) or end."""
    user = cast(User, request.user)
    if request.method == "POST":
        change(request, user, request.POST.get("verb", ""))
        return redirect("schedules:calendar")
    link = CalendarLink.objects.filter(user=user).first()
    context = {
        "link": link,
        "address": feed.address(link, request) if link else "",
        "off": switched_off(),
        "most": feed.MOST,
        "most_of_one": feed.MOST_OF_ONE,
    }
    answer = render(request, "schedules/calendar.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def change(request: HttpRequest, user: User, verb: str) -> None:
    had = CalendarLink.objects.filter(user=user).first()
    if verb == "make":
        with transaction.atomic():
            link = feed.replace(user)
            record(Actor.of(request), "replaced" if had else "made", link)
        said = "The old address has ended; here is the new one." if had else "Here is your address."
        messages.success(request, said)
    elif verb == "end" and had:
        with transaction.atomic():
            feed.end(user)
            record(Actor.of(request), "ended", had)
        messages.success(request, "The address has ended: calendars get nothing from it any more.")
