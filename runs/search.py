"""Finds runs by words, newest first, from the database's own text index.

SQLite: an FTS5 table that triggers keep; its rows are numbered by the runs' places, so it gives
them in order. PostgreSQL: a GIN index over the same two columns. Every word must be there, each
may be the beginning of one.
"""

from __future__ import annotations

from django.db import connection

from runs.words import words

MOST_WORDS = 12

_SQLITE = """
    SELECT rowid FROM runs_text WHERE runs_text MATCH %s AND rowid > %s AND rowid < %s
    ORDER BY rowid DESC LIMIT %s
"""
_POSTGRESQL = """
    SELECT place FROM runs_run
    WHERE to_tsvector('simple', words || ' ' || parameter_words) @@ to_tsquery('simple', %s)
    AND place > %s AND place < %s
    ORDER BY place DESC LIMIT %s
"""


def places(text: str, *, above: int, below: int, most: int) -> list[int]:
    """The places of the newest `most` runs between the two that the words are found in."""
    wanted = words(text)[:MOST_WORDS]
    if not wanted:
        return []
    if connection.vendor == "sqlite":
        statement, query = _SQLITE, " ".join(f'"{word}"*' for word in wanted)
    else:
        statement, query = _POSTGRESQL, " & ".join(f"{word}:*" for word in wanted)
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, above, below, most])
        return [place for (place,) in cursor.fetchall()]
