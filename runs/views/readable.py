"""A console log or a HAR of a run as a table that can be searched, read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.skyvern import errors
from runs.evidence import LOGS
from runs.files import TooLargeError, missing, opened, whole
from runs.models import Artifact
from runs.readable import console, har
from runs.readable.plain import MOST_BYTES, Table, UnreadableError
from runs.readable.zipped import unpacked
from runs.views.artifacts import refuse

PAGE_SIZE = 200
PATIENCE = 30.0
"""Seconds that a file may take to come, which is held in memory."""
PROBLEMS = "problems"

type Row = console.Line | har.Entry


@dataclass(frozen=True)
class Kind:
    """How one type of file is read, and what is said of its rows."""

    ending: str
    parse: Callable[[bytes], Table[Any]]
    one: str
    many: str
    troubled: str
    problems: str
    hint: str
    nothing: str


KINDS = {
    "browser_console_log": Kind(
        ending=".log",
        parse=console.parse,
        one="line",
        many="lines",
        troubled="with a warning or an error",
        problems="Warnings and errors",
        hint="Words, level or script",
        nothing="No page wrote anything to the console. Look at the steps to see what was done.",
    ),
    "har": Kind(
        ending=".har",
        parse=har.parse,
        one="request",
        many="requests",
        troubled="failed",
        problems="Failed requests",
        hint="Address, method, result or type",
        nothing="The browser was closed before it asked for anything, or it kept no record of it.",
    ),
}


@needs("runs.view_run")
@require_safe
def artifact_table(request: HttpRequest, artifact_id: str) -> HttpResponse:
    """`?q=` text in a row, `?only=problems`, `?offset=` the rows before the page."""
    found = Artifact.objects.select_related("run", "keeping").filter(pk=artifact_id).first()
    if found is None:
        return refuse(request, missing.UNKNOWN)
    if found.type not in KINDS:
        raise Http404("no table can be made of this file")
    kind = KINDS[found.type]
    context = {"file": found, "run": found.run, "name": LOGS[found.type], "kind": kind}
    try:
        table = kind.parse(unpacked(content(found), kind.ending))
    except errors.SkyvernError as error:
        return refuse(request, missing.of_error(found, error), found.run)
    except UnreadableError as error:
        return render(request, "runs/artifact_table.html", context | {"trouble": str(error)})
    return render(request, "runs/artifact_table.html", context | rows(request, kind, table))


def content(file: Artifact) -> bytes:
    """All of the file, if it is not too large for that; UnreadableError says that it is."""
    try:
        with opened(file) as source:
            return whole(source, most=MOST_BYTES, seconds=PATIENCE)
    except TooLargeError as error:
        raise UnreadableError(f"This file has more than {MOST_BYTES // 2**20} MB.") from error


def rows(request: HttpRequest, kind: Kind, table: Table[Row]) -> dict[str, Any]:
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    only = PROBLEMS if request.GET.get("only") == PROBLEMS else ""
    matching = [row for row in table.rows if matches(row, text.casefold(), only)]
    start = offset(request.GET.get("offset", ""), len(matching))
    end = start + PAGE_SIZE
    filters = {name: value for name, value in (("q", text), ("only", only)) if value}
    return {
        "rows": matching[start:end],
        "first": start + 1,
        "last": min(end, len(matching)),
        "matching": len(matching),
        "count": counted(kind, table.rows),
        "left_out": table.left_out,
        "text": text,
        "only": only,
        "previous": url(filters, max(0, start - PAGE_SIZE)) if start else "",
        "next": url(filters, end) if end < len(matching) else "",
    }


def matches(row: Row, text: str, only: str) -> bool:
    return (row.is_problem or not only) and (not text or text in row.sought.casefold())


def offset(given: str, total: int) -> int:
    """Past the end it is the last page."""
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    return max(0, wanted if wanted < total else (total - 1) // PAGE_SIZE * PAGE_SIZE)


def counted(kind: Kind, found: Sequence[Row]) -> str:
    """ "312 requests, 4 failed"."""
    troubled = sum(row.is_problem for row in found)
    named = kind.one if len(found) == 1 else kind.many
    return f"{len(found):,} {named}, {f'{troubled:,}' if troubled else 'none'} {kind.troubled}"


def url(filters: dict[str, str], start: int) -> str:
    return f"?{urlencode(filters | {'offset': start})}"
