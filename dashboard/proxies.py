"""Whose address a request really comes from, where proxies of ours stand in front."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def client_address(get_response: GetResponse) -> GetResponse:
    """REMOTE_ADDR becomes what the outermost of our SKYDECK_PROXIES proxies saw.

    Each proxy appends to X-Forwarded-For the address it was called from, so only as many entries
    from the right as there are proxies of ours can be believed; the rest is the caller's word.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if 0 < settings.PROXIES <= len(hops):
            try:
                seen = ip_address(hops[-settings.PROXIES].strip())
            except ValueError:
                return get_response(request)
            request.META["REMOTE_ADDR"] = str(seen)
        return get_response(request)

    return middleware
