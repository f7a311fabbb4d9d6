"""Reads and writes many runs in one go, past the ORM.

Compiling an INSERT for each row and binding its values takes the ORM longer than the database
takes to carry it out, and making a model of each row that is read longer than finding it. Here
the statements are the same for all rows and only values travel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState

from dashboard.rows import among, reader, writer
from runs.models import Run

OWN = ("run_id", "place", "launched_by_id", "watched_at")
"""Columns that a change upstream never writes."""
type Columns = dict[str, Any]
_fields = Run._meta.concrete_fields
_names = tuple(field.attname for field in _fields)
_by_name = {field.attname: field for field in _fields}
_blank = {field.attname: field.get_default() for field in _fields}
_columns = ", ".join(str(field.column) for field in _fields)
_insert = f"INSERT INTO runs_run ({_columns}) VALUES ({', '.join(['%s'] * len(_fields))})"  # noqa: S608
_incoming = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_runs ON COMMIT DELETE ROWS
    AS SELECT * FROM runs_run WITH NO DATA
"""


def new(run_id: str, created_at: datetime) -> Run:
    """As `Run(…)` makes it, which tells listeners of each."""
    return _run(_blank | {"run_id": run_id, "created_at": created_at}, ModelState())


def read(run_ids: Collection[str], *, lock: bool = False) -> dict[str, Run]:
    """Those of the runs that are there, by id; locked until the end of the transaction."""
    locked = " FOR UPDATE" if lock and connection.vendor == "postgresql" else ""
    readers = [(field.attname, to) for field in _fields if (to := reader(field))]
    found = {}
    for row in among(_columns, "run_id", run_ids, locked, table="runs_run"):
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
    return {place for (place,) in among("place", "place", places, table="runs_run")}


def write(runs: Sequence[Run], before: Mapping[str, Columns]) -> None:
    """Insert the runs that were not there before, which have places; of the others, write each
    column but OWN in which one of them differs.

    `before` holds what `read` found of the others, by id. Only who holds the lock of `writing` may
    write, so that no run can have come meanwhile.
    """
    new = [run for run in runs if run.run_id not in before]
    old = [run for run in runs if run.run_id in before]
    then, now = [before[run.run_id] for run in old], [run.__dict__ for run in old]
    differing = [
        name
        for name in _names
        if name not in OWN and list(map(itemgetter(name), then)) != list(map(itemgetter(name), now))
    ]
    with connection.cursor() as cursor:
        if new:
            _insert_all(cursor, new)
        if differing:
            _update_all(cursor, old, differing)


def _run(values: dict[str, Any], state: ModelState) -> Run:
    run = Run.__new__(Run)
    run.__dict__ = {"_state": state, **values}
    return run


def _insert_all(cursor: CursorWrapper, runs: Iterable[Run]) -> None:
    rows = _rows(runs, _names)
    if connection.vendor == "postgresql":
        _copy(cursor, "runs_run", _columns, rows)
    else:
        cursor.executemany(_insert, list(rows))


def _update_all(cursor: CursorWrapper, runs: Iterable[Run], names: Sequence[str]) -> None:
    """PostgreSQL reads rows fastest by COPY, which only inserts: so into a table between.

    That one is made once for each connection; its rows live as long as the transaction at most.
    """
    columns = [str(_by_name[name].column) for name in names]
    rows = _rows(runs, [*names, "run_id"])
    if connection.vendor == "postgresql":
        cursor.execute(_incoming)
        _copy(cursor, "incoming_runs", ", ".join([*columns, "run_id"]), rows)
        told = ", ".join(f"{column} = incoming_runs.{column}" for column in columns)
        cursor.execute(
            f"UPDATE runs_run SET {told} FROM incoming_runs"  # noqa: S608
            " WHERE runs_run.run_id = incoming_runs.run_id"
        )
        cursor.execute("DELETE FROM incoming_runs")
    else:
        told = ", ".join(f"{column} = %s" for column in columns)
        cursor.executemany(f"UPDATE runs_run SET {told} WHERE run_id = %s", list(rows))  # noqa: S608


def _copy(cursor: CursorWrapper, table: str, columns: str, rows: Iterable[list[Any]]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _rows(runs: Iterable[Run], names: Sequence[str]) -> Iterator[list[Any]]:
    values = itemgetter(*names)
    writers = [(at, to) for at, name in enumerate(names) if (to := writer(_by_name[name]))]
    for run in runs:
        row = list(values(run.__dict__))
        for at, write_as in writers:
            if row[at] is not None:
                row[at] = write_as(row[at])
        yield row
