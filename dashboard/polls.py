"""Polls, answered before Django looks at them while their answer is known.

Nearly every poll finds nothing new, and the way through sessions, people and views to that answer
takes most of what a server does for a page that somebody keeps open. So a view may leave behind
how the same browser's next polls are answered; that is good for some seconds, and then a poll goes
the whole way again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from dashboard.access import View
from dashboard.models import Revision

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

SECONDS = 30.0
"""For so long an answer is known: who asks may have logged out meanwhile, or may see less now."""
READ_SECONDS = 0.05
"""For so long the revisions that were read are taken for the current ones."""
MOST = 4_000

GOOD = ("200", "304")

type Again = Callable[[str], bytes | None]
"""Given a poll's tag: the body to answer with, b"" for "not modified", None to ask the view."""
type Environ = dict[str, Any]
type Headers = list[tuple[str, str]]
type Poll = tuple[str, str, str]


@dataclass(frozen=True)
class Known:
    again: Again
    headers: Headers
    until: float


_KEY = "skydeck.again"
_known: dict[Poll, Known] = {}
_revisions: dict[tuple[str, ...], tuple[str, float]] = {}


def answer_again(request: HttpRequest, again: Again) -> None:
    """How polls of this address by this browser are answered from now on."""
    request.META[_KEY] = again


def depends_on(*tables: str) -> Callable[[View], View]:
    """For a view with a `ptag` that begins with `Revision.of(*tables)` and a bar, and whose page
    may be SECONDS late with whatever else its tag is made of."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if tag := response.headers.get("HX-PTag"):
                answer_again(request, partial(_if_unchanged, tag, tables))
            return response

        return answer

    return decorate


def _if_unchanged(tag: str, tables: tuple[str, ...], asked: str) -> bytes | None:
    return b"" if asked == tag and tag.startswith(f"{_revision(tables)}|") else None


def _revision(tables: tuple[str, ...]) -> str:
    now = time.monotonic()
    found, until = _revisions.get(tables, ("", 0.0))
    if now >= until:
        found = Revision.of(*tables)
        _revisions[tables] = (found, now + READ_SECONDS)
    return found


def remembering(application: WSGIApplication) -> WSGIApplication:
    """The application, that is not asked for what is known."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return application(environ, start_response)
        poll = _poll(environ)
        known = _known.get(poll)
        if known and (body := _body(known, environ)) is not None:
            length = [("Content-Length", str(len(body)))] if body else []
            start_response("200 OK" if body else "304 Not Modified", known.headers + length)
            return [body]

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if (again := environ.get(_KEY)) and status[:3] in GOOD:
                _remember(poll, again, headers)
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return answer


def _body(known: Known, environ: Environ) -> bytes | None:
    if time.monotonic() >= known.until:
        return None
    try:
        return known.again(environ.get("HTTP_HX_PTAG", ""))
    except (InterfaceError, OperationalError):
        return None  # the whole way through tells of it, or finds another connection


def _remember(poll: Poll, again: Again, headers: Headers) -> None:
    if any(name.lower() == "set-cookie" for name, _ in headers):
        return  # such a header is for one answer
    if len(_known) >= MOST:
        _known.clear()
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    _known[poll] = Known(again, kept, time.monotonic() + SECONDS)


def _poll(environ: Environ) -> Poll:
    """Who asks for what, as their browser sends it: an answer is theirs alone."""
    names = ("HTTP_COOKIE", "PATH_INFO", "QUERY_STRING")
    cookies, path, query = (str(environ.get(name, "")) for name in names)
    return cookies, path, query
