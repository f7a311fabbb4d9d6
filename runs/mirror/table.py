"""Reads and writes many runs in one go, past the ORM.

Compiling an INSERT for each row and binding its values takes the ORM longer than the database
takes to carry it out, and making a model of each row that is read longer than finding it. Here
the statements are the same for all rows and only values travel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import msgspec
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState

from runs.models import Run

OWN = ("run_id", "place", "launched_by", "watched_at")
"""Columns that a change upstream never writes."""
_fields = Run._meta.concrete_fields
_names = [field.attname for field in _fields]
_blank = {field.attname: field.get_default() for field in _fields}
_columns = ", ".join(str(field.column) for field in _fields)
_changes = ", ".join(
    f"{field.column} = excluded.{field.column}" for field in _fields if field.name not in OWN
)
_on_conflict = f"ON CONFLICT (run_id) DO UPDATE SET {_changes}"
_insert = f"""
    INSERT INTO runs_run ({_columns}) VALUES ({", ".join(["%s"] * len(_fields))}) {_on_conflict}
"""  # noqa: S608 - our own columns, here and below
_incoming = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_runs (LIKE runs_run) ON COMMIT DELETE ROWS
"""
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s)"}
_take = f"INSERT INTO runs_run ({_columns}) SELECT {_columns} FROM incoming_runs {_on_conflict}"  # noqa: S608


def new(run_id: str, created_at: datetime) -> Run:
    """As `Run(…)` makes it, which tells listeners of each."""
    return _run(_blank | {"run_id": run_id, "created_at": created_at}, ModelState())


def read(run_ids: Collection[str], *, lock: bool = False) -> dict[str, Run]:
    """Those of the runs that are there, by id; locked until the end of the transaction."""
    locked = " FOR UPDATE" if lock and connection.vendor == "postgresql" else ""
    readers = [(field.attname, to) for field in _fields if (to := reader(field))]
    found = {}
    for row in among(_columns, "run_id", run_ids, locked):
        state = ModelState()
        state.adding, state.db = False, connection.alias
        values = dict(zip(_names, row, strict=True))
        for name, read_as in readers:
            if values[name] is not None:
                values[name] = read_as(values[name])
        found[values["run_id"]] = _run(values, state)
    return found


def taken(places: Collection[int]) -> set[int]:
    """Those of the places that a run has."""
    return {place for (place,) in among("place", "place", places)}


def upsert(runs: Sequence[Run]) -> None:
    """Insert the runs, which have places; of those that are there, write all columns but OWN."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, _rows(runs))
        else:
            cursor.executemany(_insert, list(_rows(runs)))


def _run(values: dict[str, Any], state: ModelState) -> Run:
    run = Run.__new__(Run)
    run.__dict__ = {"_state": state, **values}
    return run


def among(
    columns: str, column: str, wanted: Collection[Any], more: str = "", table: str = "runs_run"
) -> list[tuple[Any, ...]]:
    """All that is wanted travels as one value: a placeholder for each costs more than its row."""
    condition = _AMONG[connection.vendor]
    value = list(wanted) if connection.vendor == "postgresql" else json.dumps(list(wanted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE {column} {condition}{more}", [value])  # noqa: S608
        return list(cursor.fetchall())


def _copy(cursor: CursorWrapper, rows: Iterable[list[Any]]) -> None:
    """PostgreSQL reads rows fastest by COPY, which knows no conflicts: so into a table between.

    That one is made once for each connection; its rows live as long as the transaction at most.
    """
    cursor.execute(_incoming)
    with cursor.copy(f"COPY incoming_runs ({_columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(_take)
    cursor.execute("DELETE FROM incoming_runs")


def _rows(runs: Iterable[Run]) -> Iterator[list[Any]]:
    values = itemgetter(*_names)
    writers = [(number, to) for number, field in enumerate(_fields) if (to := writer(field))]
    for run in runs:
        row = list(values(run.__dict__))
        for number, write_as in writers:
            if row[number] is not None:
                row[number] = write_as(row[number])
        yield row


def writer(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of the field becomes one that the database takes, if it does not as it is."""
    if isinstance(field, models.JSONField):
        return _encoded
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _without_zone
    return None


def reader(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How what the database holds becomes a value of the field, if it is not one as it is."""
    if isinstance(field, models.JSONField):
        return json.loads
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _with_zone
    if isinstance(field, models.BooleanField) and connection.vendor == "sqlite":
        return bool
    return None


def _encoded(value: Any) -> str:
    """What `fit` has let pass, which has nothing that JSON could not hold."""
    return msgspec.json.encode(value).decode()


def _without_zone(moment: datetime) -> str:
    """As the ORM stores it in SQLite, in a third of the time."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(" ")[: -len("+00:00")]


def _with_zone(read: datetime) -> datetime:
    """SQLite's driver reads columns of moments by their declared type, and knows no zones."""
    return read.replace(tzinfo=UTC)
