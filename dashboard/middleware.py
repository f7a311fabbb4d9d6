"""The viewer's time zone and clock, probes, and answers that fit htmx and the browser's caches."""

from collections.abc import Callable
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from dashboard import clock

GetResponse = Callable[[HttpRequest], HttpResponse]


@lru_cache(maxsize=600)
def zone(name: str) -> ZoneInfo | None:
    """None for what is no zone: the name comes from a cookie."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def viewer_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the zone that app.js found the browser to be in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone(request.COOKIES.get("zone", "")[:64])):
            return get_response(request)

    return middleware


def viewer_clock(get_response: GetResponse) -> GetResponse:
    """Tell times in as many hours as the viewer chose."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with clock.override(request.COOKIES.get(clock.COOKIE, "")):
            return get_response(request)

    return middleware


def probes(get_response: GetResponse) -> GetResponse:
    """Answer /healthz and /readyz to whoever asks: a load balancer and a container's own check
    come by address, with a Host header that ALLOWED_HOSTS does not know."""

    asked = cache(lambda: (reverse("healthz"), reverse("readyz")))

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in asked():
            answer: HttpResponse = resolve(request.path_info).func(request)
            return answer
        return get_response(request)

    return middleware


def answers(get_response: GetResponse) -> GetResponse:
    """Tell htmx that the session is over instead of sending it the login page, and keep a
    part of a page from being taken for the page when the browser goes back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        htmx = request.headers.get("HX-Request") == "true"
        if htmx and response.status_code == 302:
            target = response.headers["Location"].split("?")[0]
            if target == resolve_url(settings.LOGIN_URL):
                return HttpResponse(status=401)
        patch_vary_headers(response, ["HX-Request"])
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware
