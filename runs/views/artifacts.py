"""Files of runs, streamed from Skyvern by id: no stored URL, no upstream header is trusted."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.connect import connect
from dashboard.skyvern import errors
from runs.models import Artifact, Run

ONE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
IMAGES = ("image/png", "image/jpeg", "image/webp")
VIDEOS = ("video/mp4", "video/webm")
TEXTS = ("text/plain", "application/json", "text/csv")
LOGS = ("browser_console_log", "skyvern_log", "har", "llm_prompt", "llm_request", "llm_response")
UNKNOWN = "application/octet-stream"
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


@needs("runs.view_run")
@require_safe
def artifact(request: HttpRequest, artifact_id: str) -> HttpResponseBase:
    """`?download=1` saves it. Only what the mirror knows: this is no way to all of the files."""
    found = Artifact.objects.select_related("run").filter(pk=artifact_id.replace("\0", "")).first()
    if found is None:
        return refuse(request, 404)
    if found.archived:
        return refuse(request, 410, found.run)
    with ExitStack() as stack:
        try:
            source = stack.enter_context(connect().artifact(artifact_id, wanted_range(request)))
        except errors.SkyvernError as error:
            return refuse(request, status_of(error), found.run)
        headers = headers_for(found, source.headers, download="download" in request.GET)
        if request.method == "HEAD":
            return HttpResponse(status=source.status, headers=headers)
        body = Body(source.iter_bytes(), stack.pop_all())
    return StreamingHttpResponse(body, status=source.status, headers=headers)


def wanted_range(request: HttpRequest) -> str | None:
    """The Range to pass on. No validator is ever given out, so an If-Range cannot match."""
    asked: str = request.headers.get("Range", "")
    return asked if ONE_RANGE.fullmatch(asked) and "If-Range" not in request.headers else None


def headers_for(file: Artifact, upstream: dict[str, str], *, download: bool) -> dict[str, str]:
    kind = content_type(file, upstream.get("content-type", ""))
    shown = kind in (*IMAGES, *VIDEOS, *TEXTS) and file.type != "download" and not download
    headers = {name: upstream[name] for name in FORWARDED if name in upstream}
    headers |= {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Disposition": content_disposition_header(not shown, filename(file, kind)) or "",
        "Accept-Ranges": upstream.get("accept-ranges", "bytes"),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": cache_control(file.run),
    }
    if kind not in VIDEOS:
        headers["Content-Security-Policy"] = LOCKED
    return headers


def cache_control(run: Run) -> str:
    """A file of a run that is over does not change any more."""
    return f"private, max-age={KEPT_SECONDS}, immutable" if run.is_final else "private, no-cache"


def content_type(file: Artifact, claimed: str) -> str:
    """By the artifact's type; upstream's word only picks among what that type may be."""
    claimed = claimed.partition(";")[0].strip().lower()
    if file.type.startswith("screenshot"):
        return claimed if claimed in IMAGES else IMAGES[0]
    if file.type == "recording":
        return claimed if claimed in VIDEOS else VIDEOS[0]
    if file.type in LOGS:
        return claimed if claimed in TEXTS else TEXTS[0]
    if file.type == "pdf":
        return "application/pdf"
    return UNKNOWN


def filename(file: Artifact, kind: str) -> str:
    """A plain name: no folder, no control character, and one that says what it is of."""
    if name := re.sub(r"[\x00-\x1f\x7f/\\]+", "_", file.filename).strip(" ."):
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
