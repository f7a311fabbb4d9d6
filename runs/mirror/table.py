"""Writes many runs in one go, past the ORM.

Compiling an INSERT for each row and binding its values takes the ORM longer than the database
takes to carry it out; here the statement is the same for all rows and only values travel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from runs.models import Run

OWN = ("run_id", "place", "launched_by", "watched_at")
"""Columns that a change upstream never writes."""
_fields = Run._meta.concrete_fields
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
_take = f"INSERT INTO runs_run ({_columns}) SELECT {_columns} FROM incoming_runs {_on_conflict}"  # noqa: S608


def upsert(runs: Sequence[Run]) -> None:
    """Insert the runs, which have places; of those that are there, write all columns but OWN."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, _rows(runs))
        else:
            cursor.executemany(_insert, list(_rows(runs)))


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
    values = itemgetter(*(field.attname for field in _fields))
    adapted = [(number, to) for number, field in enumerate(_fields) if (to := _adapter(field))]
    for run in runs:
        row = list(values(run.__dict__))
        for number, adapt in adapted:
            if row[number] is not None:
                row[number] = adapt(row[number])
        yield row


def _adapter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of the field becomes one that the database takes, if it does not as it is."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _without_zone
    return None


def _without_zone(moment: datetime) -> str:
    """As the ORM stores it in SQLite, in a third of the time."""
    return moment.astimezone(UTC).isoformat(" ")[: -len("+00:00")]
