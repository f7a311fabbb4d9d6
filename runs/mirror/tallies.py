"""Keeps the hourly figures of each agent true while its runs change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from runs.models import Run

type Key = tuple[str, datetime, str]

_ADD = """
    INSERT INTO runs_tally (workflow_id, hour, phase, runs, duration_ms)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (workflow_id, hour, phase) DO UPDATE SET
        runs = runs_tally.runs + excluded.runs,
        duration_ms = runs_tally.duration_ms + excluded.duration_ms
"""


@dataclass(frozen=True)
class Counted:
    """What one run adds to which figure."""

    key: Key
    duration_ms: int


def counted(run: Run) -> Counted | None:
    """None for a run of no agent, and for one that is not in the database yet."""
    if not run.workflow_id or not run.status:
        return None
    hour = run.created_at.replace(minute=0, second=0, microsecond=0)
    return Counted((run.workflow_id, hour, run.phase), run.duration_ms or 0)


def move(changes: Iterable[tuple[Counted | None, Counted | None]]) -> None:
    """Take away what each run added before and add what it adds now; within `writing`."""
    runs: defaultdict[Key, int] = defaultdict(int)
    spent: defaultdict[Key, int] = defaultdict(int)
    for before, after in changes:
        for one, sign in ((before, -1), (after, 1)):
            if one is not None:
                runs[one.key] += sign
                spent[one.key] += sign * one.duration_ms
    rows = [
        (wpid, connection.ops.adapt_datetimefield_value(hour), phase, number, spent[key])
        for key, number in sorted(runs.items())
        for wpid, hour, phase in [key]
        if number or spent[key]
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)
