"""Files of runs, streamed by id: no stored URL and no header of whoever gives them is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.skyvern import errors
from runs.files import Source, missing, opened
from runs.files.kinds import IMAGES, SNIFFED, TEXTS, VIDEOS, content_type, filename, is_media
from runs.files.ranges import ONE_RANGE
from runs.models import Artifact, Run

FORWARDED = ("content-length", "content-range")
LOCKED = "default-src 'none'; sandbox"
CACHED_SECONDS = 24 * 3600


class Body:
    """The bytes on their way through; closing it closes where they come from."""

    def __init__(self, chunks: Iterator[bytes], held: ExitStack) -> None:
        self._chunks = chunks
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._held.close()


class NotGivenError(Exception):
    """A file cannot be had, and why."""

    def __init__(self, why: missing.Missing) -> None:
        super().__init__(why.title)
        self.why = why


@needs("runs.view_run")
@require_safe
def artifact(request: HttpRequest, artifact_id: str) -> HttpResponseBase:
    """`?download=1` saves it. Only what the mirror knows: this is no way to all of the files."""
    found = Artifact.objects.select_related("run", "keeping").filter(pk=artifact_id).first()
    if found is None:
        return refuse(request, missing.UNKNOWN)
    try:
        return given(request, found)
    except NotGivenError as error:
        return refuse(request, error.why, found.run)


def given(request: HttpRequest, file: Artifact) -> HttpResponseBase:
    """The file, or the part of it that is asked for, as it comes; NotGivenError: it does not."""
    with ExitStack() as stack:
        try:
            wanted = wanted_range(request) if is_media(file) else None
            source = stack.enter_context(opened(file, wanted))
            start, chunks = (b"", source.iter_bytes()) if is_media(file) else peek(source)
        except errors.SkyvernError as error:
            raise NotGivenError(missing.of_error(file, error)) from error
        kind = content_type(file, source.headers.get("content-type", ""), start)
        headers = headers_for(file, source.headers, kind, download="download" in request.GET)
        if request.method == "HEAD":
            return HttpResponse(status=source.status, headers=headers)
        body = Body(chunks, stack.pop_all())
    return StreamingHttpResponse(body, status=source.status, headers=headers)


def wanted_range(request: HttpRequest) -> str | None:
    """The Range to pass on. No validator is ever given out, so an If-Range cannot match."""
    asked: str = request.headers.get("Range", "")
    return asked if ONE_RANGE.fullmatch(asked) and "If-Range" not in request.headers else None


def peek(source: Source) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks with those: a claimed type is often not what is sent."""
    chunks, start = source.iter_bytes(), b""
    while len(start) < SNIFFED and (chunk := next(chunks, b"")):
        start += chunk
    return start[:SNIFFED], chain([start], chunks)


def headers_for(
    file: Artifact, given: dict[str, str], kind: str, *, download: bool
) -> dict[str, str]:
    """The same ones wherever it comes from."""
    shown = kind in (*IMAGES, *VIDEOS, *TEXTS) and file.type != "download" and not download
    headers = {name: given[name] for name in FORWARDED if name in given}
    headers |= {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Disposition": content_disposition_header(not shown, filename(file, kind)) or "",
        "Accept-Ranges": given.get("accept-ranges", "bytes") if is_media(file) else "none",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": cache_control(file.run),
    }
    if kind not in VIDEOS:
        headers["Content-Security-Policy"] = LOCKED
    return headers


def cache_control(run: Run) -> str:
    """A file of a run that is over does not change any more."""
    return f"private, max-age={CACHED_SECONDS}, immutable" if run.is_final else "private, no-cache"


def refuse(request: HttpRequest, why: missing.Missing, run: Run | None = None) -> HttpResponse:
    context = {"why": why, "run": run}
    return render(request, "runs/artifact_missing.html", context, status=why.status)
