"""Runs as CSV or JSON, read and written bit by bit however many there are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from runs.models import Run
from runs.rows import ROW_FIELDS, Row, dressed
from runs.selection import LAST, Selection

CHUNK = 1_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell may not begin with, also in the wide letters that some programs take for these."""
FIELDS: dict[str, Callable[[Row], Any]] = {
    "run_id": lambda row: row.run.run_id,
    "agent_id": lambda row: row.run.workflow_id or "",
    "title": lambda row: row.run.title,
    "status": lambda row: row.run.status,
    "trigger": lambda row: row.run.trigger_type,
    "schedule_id": lambda row: row.run.schedule_id,
    "launched_by": lambda row: row.person,
    "attempt": lambda row: row.run.attempt,
    "created_at": lambda row: utc(row.run.created_at),
    "started_at": lambda row: utc(row.run.started_at),
    "finished_at": lambda row: utc(row.run.finished_at),
    "duration_seconds": lambda row: _seconds(row.run.duration_ms),
    "category": lambda row: row.run.category,
    "error_code": lambda row: row.run.error_code,
    "failure_reason": lambda row: row.run.failure_reason,
    "tags": lambda row: list(row.tags),
}


def matching(chosen: Selection) -> Iterator[Row]:
    """All that match, newest first; holds CHUNK of them at a time."""
    below: int | None = LAST
    while below is not None:
        window = chosen.window(below=below, enough=CHUNK)
        found = list(window.runs.only(*ROW_FIELDS).newest()[:CHUNK])
        yield from _dressed(found)
        below = found[-1].place if len(found) == CHUNK else window.edge


def picked(run_ids: Iterable[str]) -> Iterator[Row]:
    yield from _dressed(list(Run.objects.filter(pk__in=run_ids).only(*ROW_FIELDS).newest()))


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    yield from lines(FIELDS, rows)


def lines[T](fields: Mapping[str, Callable[[T], Any]], rows: Iterable[T]) -> Iterator[str]:
    """CSV with a head. What a spreadsheet would take for a formula is marked as text."""
    writer = csv.writer(_Echo())
    yield writer.writerow(fields)
    for row in rows:
        yield writer.writerow([_cell(field(row)) for field in fields.values()])


def as_json(rows: Iterable[Row]) -> Iterator[str]:
    """One array of objects, an object a line."""
    begin = "[\n"
    for row in rows:
        yield begin + json.dumps({name: field(row) for name, field in FIELDS.items()})
        begin = ",\n"
    yield "\n]\n" if begin == ",\n" else "[]\n"


class _Echo:
    """Gives back what is written to it: a csv.writer then returns its line."""

    def write(self, line: str) -> str:
        return line


def _dressed(runs: list[Run]) -> list[Row]:
    return dressed(runs, ("person", "tags"))


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str("" if value is None else value)
    return f"'{text}" if text.startswith(FORMULA) else text


def utc(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
