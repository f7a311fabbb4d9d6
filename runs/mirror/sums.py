"""Adds to figures that are kept in rows, to as many in one statement as there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from dashboard.rows import adapted, execute, fields

type Row = tuple[Any, ...]


def add(
    model: type[models.Model], keys: Sequence[str], figures: Sequence[str], rows: Sequence[Row]
) -> None:
    """`rows` hold a value for each key, which are unique together, and then for each figure.

    A row whose first figure sinks to nought is deleted. Within a transaction.
    """
    columns, many = fields(model, *keys, *figures), len(keys)
    names, table = [str(field.column) for field in columns], model._meta.db_table
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names[many:])
    with connection.cursor() as cursor:
        execute(
            cursor,
            f"INSERT INTO {table} ({', '.join(names)}) {{told}} "
            f"ON CONFLICT ({', '.join(names[:many])}) DO UPDATE SET {sums}",
            columns,
            rows,
        )
        if fewer := [row[:many] for row in rows if row[many] < 0]:
            is_empty = " AND ".join(f"{name} = %s" for name in names[:many])
            cursor.executemany(
                f"DELETE FROM {table} WHERE {is_empty} AND {names[many]} = 0",  # noqa: S608
                adapted(columns[:many], fewer),
            )
