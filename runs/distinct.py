"""The different values of an indexed column, found by jumping from one to the next."""

from __future__ import annotations

from django.db import connection

COLUMNS = ("status", "trigger_type", "category", "error_code", "schedule_id")
MOST = 200


def distinct(column: str) -> list[str]:
    """In order, without "". As quick with a million runs as with ten: one look for each value.

    The way is PostgreSQL's wiki's "loose index scan". That a value is not empty is said each time:
    only then may the index be used that holds no empty ones.
    """
    if column not in COLUMNS:
        raise ValueError(column)
    name = connection.ops.quote_name(column)
    statement = f"""
        WITH RECURSIVE found(value) AS (
            SELECT min({name}) FROM runs_run WHERE {name} > ''
            UNION ALL
            SELECT (SELECT min({name}) FROM runs_run WHERE {name} > found.value AND {name} > '')
            FROM found WHERE found.value IS NOT NULL
        )
        SELECT value FROM found WHERE value IS NOT NULL LIMIT {MOST}
    """  # noqa: S608 - one of our own columns
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [value for (value,) in cursor.fetchall()]
