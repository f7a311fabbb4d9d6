"""Adds to figures that are kept in rows, to as many in one statement as there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from runs.mirror.table import writer

type Row = tuple[Any, ...]


def add(
    model: type[models.Model], keys: Sequence[str], figures: Sequence[str], rows: Sequence[Row]
) -> None:
    """`rows` hold a value for each key, which are unique together, and then for each figure.

    All rows travel as one value: a placeholder for each figure costs more than adding it. A row
    whose first figure sinks to nought is deleted. Within a transaction.
    """
    columns: list[Any] = [model._meta.get_field(name) for name in (*keys, *figures)]
    names, table = [str(field.column) for field in columns], model._meta.db_table
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names[len(keys) :])
    adapted = _adapted(columns, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) {told(columns)} "
            f"ON CONFLICT ({', '.join(names[: len(keys)])}) DO UPDATE SET {sums}",
            [_json(adapted)],
        )
        if fewer := [row[: len(keys)] for row in adapted if row[len(keys)] < 0]:
            is_empty = " AND ".join(f"{name} = %s" for name in names[: len(keys)])
            cursor.executemany(
                f"DELETE FROM {table} WHERE {is_empty} AND {names[len(keys)]} = 0",  # noqa: S608
                fewer,
            )


def as_json(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    """Rows of these fields as the one value that `told` takes apart again."""
    return _json(_adapted(columns, rows))


def _adapted(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Each value as the database takes it."""
    adapted = [list(row) for row in rows]
    for at, field in enumerate(columns):
        if write_as := writer(field):
            for row in adapted:
                row[at] = None if row[at] is None else write_as(row[at])
    return adapted


def _json(rows: list[list[Any]]) -> str:
    return json.dumps(rows, default=str)


def told(columns: Sequence[Any]) -> str:
    """Rows of these fields, which travel as one value of JSON, as a query."""
    if connection.vendor == "sqlite":
        values = [f"json_extract(value, '$[{at}]')" for at, _ in enumerate(columns)]
        return f"SELECT {', '.join(values)} FROM json_each(%s) WHERE true"  # noqa: S608
    values = [f"(value->>{at})::{one.db_type(connection)}" for at, one in enumerate(columns)]
    return f"SELECT {', '.join(values)} FROM jsonb_array_elements(%s::jsonb) AS value"  # noqa: S608
