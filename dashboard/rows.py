"""Many rows as one value of a statement: a placeholder for each value costs more than its row.

What the ORM does for a row, done for all of them at once: it takes longer to compile an INSERT for
each, or to make a model of each that is read, than the database takes for its part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

_AMONG = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s)"}


def fields(model: type[models.Model], *names: str) -> list[Any]:
    """The model's fields of those names, as the functions here take them."""
    return [model._meta.get_field(name) for name in names]


def execute(
    cursor: CursorWrapper, statement: str, columns: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> None:
    """Carry out a statement in which `{told}` stands for a query that has these rows of fields."""
    values = msgspec.json.encode(adapted(columns, rows)).decode()
    cursor.execute(statement.format(told=_told(columns)), [values])


def _told(columns: Sequence[Any]) -> str:
    if connection.vendor == "sqlite":
        values = [f"json_extract(value, '$[{at}]')" for at, _ in enumerate(columns)]
        return f"SELECT {', '.join(values)} FROM json_each(%s) WHERE true"  # noqa: S608
    values = [f"(value->>{at})::{one.db_type(connection)}" for at, one in enumerate(columns)]
    return f"SELECT {', '.join(values)} FROM jsonb_array_elements(%s::jsonb) AS value"  # noqa: S608


def adapted(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Each value as the database takes it."""
    found = [list(row) for row in rows]
    for at, field in enumerate(columns):
        if write_as := writer(field):
            for row in found:
                row[at] = None if row[at] is None else write_as(row[at])
    return found


def among(
    columns: str, column: str, wanted: Collection[Any], more: str = "", *, table: str
) -> list[tuple[Any, ...]]:
    """Those rows of the table whose column holds one of what is wanted."""
    condition = _AMONG[connection.vendor]
    value = list(wanted) if connection.vendor == "postgresql" else json.dumps(list(wanted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE {column} {condition}{more}", [value])  # noqa: S608
        return list(cursor.fetchall())


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
    """Of a value that has nothing that JSON could not hold."""
    return msgspec.json.encode(value).decode()


def _without_zone(moment: datetime) -> str:
    """As the ORM stores it in SQLite, in a tenth of the time."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    as_told: str = msgspec.to_builtins(utc)
    return as_told.removesuffix("Z").replace("T", " ")


def _with_zone(read: datetime) -> datetime:
    """SQLite's driver reads columns of moments by their declared type, and knows no zones."""
    return read.replace(tzinfo=UTC)
