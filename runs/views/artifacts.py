"""Files of runs, streamed from Skyvern by id: no stored URL, no upstream header is trusted."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.connect import connect
from dashboard.skyvern import errors
from dashboard.skyvern.transport import ArtifactStream
from runs.models import Artifact, Run
from runs.readable.zipped import ZIP_STARTS

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
ONE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
IMAGES = ("image/png", "image/jpeg", "image/webp")
VIDEOS = ("video/mp4", "video/webm")
TEXTS = ("text/plain", "application/json", "text/csv")
LOGS = ("browser_console_log", "skyvern_log", "har", "llm_prompt", "llm_request", "llm_response")
UNKNOWN = "application/octet-stream"
ZIP = "application/zip"
SNIFFED = 512
"""Bytes that are looked at; what is text has no NUL in them."""
FORWARDED = ("content-length", "content-range")
LOCKED = "default-src 'none'; sandbox"
KEPT_SECONDS = 24 * 3600
EXTENSIONS = {"image/jpeg": ".jpg", "text/plain": ".txt", "application/json": ".json"}

MESSAGES = {
    404: ("Not there", "Skyvern does not have this file (any more), or it is not written yet."),
    410: ("Archived", "Skyvern has moved this file to its archive, from where it gives nothing."),
    416: ("Past its end", "The file is shorter than the part that was asked for."),
    502: ("No answer", "Skyvern did not give the file. Please try again in a moment."),
}


class Body:
    """The bytes on their way through; closing it closes the connection to Skyvern."""

    def __init__(self, chunks: Iterator[bytes], held: ExitStack) -> None:
        self._chunks = chunks
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._held.close()


class NotGivenError(Exception):
    """A file cannot be had now; MESSAGES says by `status` why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@needs("runs.view_run")
@require_safe
def artifact(request: HttpRequest, artifact_id: str) -> HttpResponseBase:
    """`?download=1` saves it. Only what the mirror knows: this is no way to all of the files."""
    found = Artifact.objects.select_related("run").filter(pk=artifact_id).first()
    if found is None:
        return refuse(request, 404)
    try:
        return given(request, found)
    except NotGivenError as why:
        return refuse(request, why.status, found.run)


def given(request: HttpRequest, file: Artifact) -> HttpResponseBase:
    """The file, or the part of it that is asked for, as it comes; NotGivenError: it does not."""
    if file.archived:
        raise NotGivenError(410)
    with ExitStack() as stack:
        try:
            wanted = wanted_range(request) if is_media(file) else None
            source = stack.enter_context(connect().artifact(file.pk, wanted))
            start, chunks = (b"", source.iter_bytes()) if is_media(file) else peek(source)
        except errors.SkyvernError as error:
            raise NotGivenError(status_of(error)) from error
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


def is_media(file: Artifact) -> bool:
    """Whether its type says what it is, so that any part of it can be given out."""
    return file.type.startswith("screenshot") or file.type in ("recording", "download")


def peek(source: ArtifactStream) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks with those: upstream's type is often not what it sends."""
    chunks, start = source.iter_bytes(), b""
    while len(start) < SNIFFED and (chunk := next(chunks, b"")):
        start += chunk
    return start[:SNIFFED], chain([start], chunks)


def headers_for(
    file: Artifact, upstream: dict[str, str], kind: str, *, download: bool
) -> dict[str, str]:
    shown = kind in (*IMAGES, *VIDEOS, *TEXTS) and file.type != "download" and not download
    headers = {name: upstream[name] for name in FORWARDED if name in upstream}
    headers |= {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Disposition": content_disposition_header(not shown, filename(file, kind)) or "",
        "Accept-Ranges": upstream.get("accept-ranges", "bytes") if is_media(file) else "none",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": cache_control(file.run),
    }
    if kind not in VIDEOS:
        headers["Content-Security-Policy"] = LOCKED
    return headers


def cache_control(run: Run) -> str:
    """A file of a run that is over does not change any more."""
    return f"private, max-age={KEPT_SECONDS}, immutable" if run.is_final else "private, no-cache"


def content_type(file: Artifact, claimed: str, start: bytes = b"") -> str:
    """By the artifact's type and its first bytes, where they were looked at; upstream's word only
    picks among what that type may be."""
    claimed = claimed.partition(";")[0].strip().lower()
    if file.type.startswith("screenshot"):
        return claimed if claimed in IMAGES else IMAGES[0]
    if file.type == "recording":
        return claimed if claimed in VIDEOS else VIDEOS[0]
    if start.startswith(ZIP_STARTS):
        return ZIP
    if file.type in LOGS and b"\0" not in start:
        return claimed if claimed in TEXTS else TEXTS[0]
    if file.type == "pdf":
        return "application/pdf"
    return UNKNOWN


def filename(file: Artifact, kind: str) -> str:
    """A plain name: no folder, nothing that hides its ending, and one that says what it is of."""
    if name := UNPRINTABLE.sub("_", file.filename).strip(" ."):
        return name[:150]
    ending = EXTENSIONS.get(kind) or mimetypes.guess_extension(kind) or ""
    return f"{file.run.run_id}-{file.type}-{file.artifact_id}{ending if kind != UNKNOWN else ''}"


def status_of(error: errors.SkyvernError) -> int:
    if isinstance(error, errors.NotFound):
        return 404
    return 416 if error.status == 416 else 502


def refuse(request: HttpRequest, status: int, run: Run | None = None) -> HttpResponse:
    title, sentence = MESSAGES[status]
    context = {"title": title, "sentence": sentence, "run": run}
    return render(request, "runs/artifact_missing.html", context, status=status)
