"""Finds runs by words, newest first, from the database's own text index.

SQLite: an FTS5 table that triggers keep; its rows are numbered by the runs' places, so it gives
them in order. PostgreSQL: a GIN index over the same two columns. Every word must be there, each
may be the beginning of one.
"""

from __future__ import annotations

from django.db import connection
from django.db.models.expressions import RawSQL

from runs.words import words

MOST_WORDS = 12
NOWHERE = "nosuchwordanywhereatall"

_ALL = {
    "sqlite": "SELECT rowid AS place FROM runs_text WHERE runs_text MATCH %s",
    "postgresql": """
        SELECT place FROM runs_run
        WHERE to_tsvector('simple', words || ' ' || parameter_words) @@ to_tsquery('simple', %s)
    """,
}
_SOME = {
    "sqlite": " AND rowid > %s AND rowid < %s ORDER BY rowid {} LIMIT %s",
    "postgresql": " AND place > %s AND place < %s ORDER BY place {} LIMIT %s",
}
FEW = 20_000
_FEW = f"""
    WITH found AS MATERIALIZED ({_ALL["postgresql"]} LIMIT %s)
    SELECT (SELECT count(*) FROM found), ARRAY(
        SELECT place FROM found WHERE place > %s AND place < %s ORDER BY place {{}} LIMIT %s
    )
"""  # noqa: S608 - our own words


def places(text: str, *, above: int, below: int, upwards: bool, most: int) -> list[int]:
    """The places of `most` runs between the two that have all the words, from one end on."""
    order = "ASC" if upwards else "DESC"
    wanted, bounds = _query(text), (above, below, most)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # It cannot know how many runs have a word, and would walk all runs in order for one
            # that few have. So first those that have it, unless they are many.
            cursor.execute(_FEW.format(order), [wanted, FEW, *bounds])
            [(number, found)] = cursor.fetchall()
            if number < FEW:
                return list(found)
        some = _SOME[connection.vendor].format(order)
        cursor.execute(_ALL[connection.vendor] + some, [wanted, *bounds])
        return [place for (place,) in cursor.fetchall()]


def count(text: str, *, above: int, below: int, most: int) -> int:
    """How many runs between the two have all the words, up to `most`: in no order, so quicker."""
    some = _SOME[connection.vendor].partition(" ORDER BY")[0]
    counted = f"SELECT count(*) FROM ({_ALL[connection.vendor]}{some} LIMIT %s) AS found"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(counted, [_query(text), above, below, most])
        return int(cursor.fetchone()[0])


def all_places(text: str) -> RawSQL:
    """A subquery of the places of all runs that have all the words."""
    return RawSQL(_ALL[connection.vendor], [_query(text)])  # noqa: S611 - constants of ours


def _query(text: str) -> str:
    """In the index's own language; words are letters and digits alone. No words find nothing."""
    wanted = words(text)[:MOST_WORDS] or [NOWHERE]
    if connection.vendor == "sqlite":
        return " ".join(f'"{word}"*' for word in wanted)
    return " & ".join(f"{word}:*" for word in wanted)
