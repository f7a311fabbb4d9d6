"""Values by name: those that differ come first, and are shown where they part."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dashboard.skyvern.schema import RunRequest
from dashboard.templatetags.ui import shortened
from runs import inputs
from runs.comparison.parts import (
    DIFFERS,
    HIDDEN,
    LONGEST,
    LONGEST_NAME,
    ONLY_HERE,
    ONLY_THERE,
    SAME,
    Part,
    Row,
)
from runs.timeline.values import words

MOST_INPUTS = 200
LONGEST_READ = 5_000
"""Characters of a value in which the first difference is looked for."""
SECRET = {words(name) for name in RunRequest.SECRET_FIELDS}
_absent = object()
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str)


def values(given: list[inputs.Input]) -> dict[str, Any]:
    return {item.name: item.value for item in given}


def by_name(here: dict[str, Any], there: dict[str, Any]) -> Part[Row]:
    return part(here, there, sorted({*here, *there}), MOST_INPUTS)


def options(here: dict[str, Any], there: dict[str, Any]) -> Part[Row]:
    """Of headers the names are compared, never the values."""
    named = by_name(here, there)
    rows = [
        replace(row, verdict=HIDDEN) if row.name in SECRET and row.verdict == SAME else row
        for row in named.rows
    ]
    return replace(named, rows=rows)


def part(here: dict[str, Any], there: dict[str, Any], names: Iterable[str], most: int) -> Part[Row]:
    pairs = [(name, here.get(name, _absent), there.get(name, _absent)) for name in names]
    judged = [(_verdict(ours, theirs), name, ours, theirs) for name, ours, theirs in pairs]
    judged.sort(key=lambda one: one[0] == SAME)
    rows = [_row(*one) for one in judged[:most]]
    return Part(rows, left_out=len(judged) - len(rows))


def _verdict(here: Any, there: Any) -> str:
    if there is _absent:
        return ONLY_HERE
    if here is _absent:
        return ONLY_THERE
    try:
        return SAME if type(here) is type(there) and here == there else DIFFERS
    except RecursionError:
        return DIFFERS


def _row(verdict: str, name: str, here: Any, there: Any) -> Row:
    """Long values that differ are shown from a little before the place where they do."""
    ours, theirs = (None if value is _absent else _written(value) for value in (here, there))
    start = 0
    if verdict == DIFFERS and ours is not None and theirs is not None:
        if ours == theirs:  # the text "7" and the number
            ours, theirs = (
                f'"{said}"' if isinstance(value, str) else said
                for said, value in ((ours, here), (theirs, there))
            )
        elif max(len(ours), len(theirs)) > LONGEST:
            start = _common(ours, theirs)
    ours, theirs = (None if said is None else _excerpt(said, start) for said in (ours, theirs))
    return Row(shortened(name, LONGEST_NAME), ours, theirs, verdict)


def _common(ours: str, theirs: str) -> int:
    """How many characters they begin with alike."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(ours), len(theirs)))


def _written(value: Any) -> str:
    """A text as it is, all else as JSON; the beginning of it."""
    if isinstance(value, str):
        return value[:LONGEST_READ]
    written, size = [], 0
    try:
        for chunk in _encoder.iterencode(value):
            written.append(chunk[:LONGEST_READ])
            size += len(chunk)
            if size >= LONGEST_READ:
                break
    except (RecursionError, TypeError, ValueError):  # nothing that comes from a database
        written.append("…")
    return "".join(written)[:LONGEST_READ]


def _excerpt(said: str, start: int) -> str:
    skipped = max(start - LONGEST // 5, 0) if start > LONGEST // 2 else 0
    return shortened(f"…{said[skipped:]}" if skipped else said, LONGEST)
