"""The browser's requests (HAR): of each where it went and what came of it, and nothing it carried.

Headers, cookies and bodies are dropped while the JSON is read: they are never in the tree.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from runs.readable.plain import MOST_ROWS, Table, UnreadableError, bare, clean, moment, told
from runs.timeline.values import Json, objects

MOST_PARTS = 1_000_000
"""Objects and lists in a file, which take far more memory than its bytes."""
KEPT = frozenset(
    (
        *("log", "entries", "startedDateTime", "time", "request", "method", "url", "response"),
        *("status", "content", "mimeType", "size", "bodySize", "_transferSize", "_failureText"),
    )
)
UNKNOWN_TYPE = "x-unknown"
"""Playwright's word for a type that it does not know."""


@dataclass(frozen=True)
class Entry:
    started: str
    method: str
    url: str
    status: int | None
    type: str
    bytes: int | None
    milliseconds: float | None
    failed: bool
    """Whether no answer came, or none to its end."""

    @property
    def is_problem(self) -> bool:
        return self.failed or (self.status or 0) >= 400

    @property
    def outcome(self) -> str:
        """ "404 Not Found", "No answer"."""
        if self.status is None:
            return "No answer"
        known = self.status in HTTPStatus
        said = f"{self.status} {HTTPStatus(self.status).phrase}" if known else str(self.status)
        return f"{said}, broken off" if self.failed else said

    @property
    def moment(self) -> datetime | None:
        return moment(self.started)

    @property
    def took(self) -> timedelta | None:
        spent = self.milliseconds
        return None if spent is None else timedelta(milliseconds=spent)

    @property
    def sought(self) -> str:
        return f"{self.method} {self.url} {self.outcome} {self.type}"


def parse(content: bytes) -> Table[Entry]:
    """UnreadableError: this is no HAR, or a broken one."""
    if not content.strip():
        raise UnreadableError("This file is empty: nothing was recorded.")
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise UnreadableError("This file has too many parts to be read as a table.")
    log = _object(_tree(content)).get("log")
    entries = _object(log).get("entries")
    if not isinstance(entries, list):
        raise UnreadableError("This is not a HAR file: there is no list of requests in it.")
    rows = [_entry(entry) for entry in objects(entries)[:MOST_ROWS]]
    return Table(rows, left_out=len(entries) - len(rows))


def _tree(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig", errors="replace"), object_hook=_kept)
    except RecursionError as error:
        raise UnreadableError("This file is nested too deeply to be read.") from error
    except ValueError as error:
        message = "This is not a HAR file, or only the beginning of one: it is no whole JSON."
        raise UnreadableError(message) from error


def _kept(found: Json) -> Json:
    return {name: found[name] for name in KEPT & found.keys()}


def _entry(entry: Json) -> Entry:
    request, response = _object(entry.get("request")), _object(entry.get("response"))
    content = _object(response.get("content"))
    status = _whole(response.get("status"), below=1_000) or None
    sizes = (content.get("size"), response.get("bodySize"), response.get("_transferSize"))
    known = [size for size in map(_whole, sizes) if size is not None]
    took = _number(entry.get("time"))
    return Entry(
        started=clean(_text(entry.get("startedDateTime")), 40),
        method=clean(_text(request.get("method")), 12),
        url=bare(_text(request.get("url"))),
        status=status,
        type=_type(_text(content.get("mimeType"))),
        bytes=known[0] if known else None,
        milliseconds=took if took is not None and took < 1e9 else None,
        failed=status is None or bool(response.get("_failureText")),
    )


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _type(claimed: str) -> str:
    name = clean(told(claimed.partition(";")[0].strip()), 100)
    return "" if name == UNKNOWN_TYPE else name


def _number(value: Any) -> float | None:
    """-1 is the format's word for "unknown"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return float(value) if 0 <= value < 2**53 else None
    return value if math.isfinite(value) and value >= 0 else None


def _whole(value: Any, below: int = 2**53) -> int | None:
    found = _number(value)
    return int(found) if found is not None and found < below else None
