"""What became of the runs that schedules started."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from dashboard.rows import execute, fields
from runs.failure import SETUP
from runs.models import Run
from schedules.models import Fire

_OUTCOMES = {
    Run.Phase.LIVE: Fire.Outcome.LIVE,
    Run.Phase.COMPLETED: Fire.Outcome.SUCCEEDED,
    Run.Phase.FAILED: Fire.Outcome.FAILED,
    Run.Phase.CANCELED: Fire.Outcome.CANCELED,
}

# In no order, or SQLite would read all fires along their ids.
_ENDED = """
    SELECT fire.id, run.phase, run.failure_reason
    FROM schedules_fire AS fire LEFT JOIN runs_run AS run USING (run_id)
    WHERE fire.outcome = 'live' AND (run.phase IS NULL OR run.phase <> 'live') LIMIT %s
"""
_written = fields(Fire, "id", "outcome")
_FOLLOW = """
    WITH told (id, outcome) AS ({told}) UPDATE schedules_fire SET outcome = told.outcome FROM told
    WHERE schedules_fire.id = told.id AND schedules_fire.outcome = 'live'
"""

type Ended = tuple[int, str | None, str | None]
"""The id of a fire, the phase of its run and the reason of its failure."""


def outcome_of(phase: str | None, reason: str | None) -> Fire.Outcome:
    """What became of a run, as the ledger says it; of one that is gone, its phase is None."""
    if phase is None:
        return Fire.Outcome.OTHER
    found = _OUTCOMES.get(Run.Phase(phase), Fire.Outcome.OTHER)
    is_setup = found == Fire.Outcome.FAILED and (reason or "").startswith(SETUP)
    return Fire.Outcome.SETUP if is_setup else found


def ended(most: int) -> list[Ended]:
    """So many of the fires whose runs were going on when last looked at, and do no more."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [most])
        found: list[Ended] = cursor.fetchall()
    return found


def follow(fires: Iterable[Ended]) -> int:
    """Note how their runs ended; of how many."""
    rows = [(pk, outcome_of(phase, reason)) for pk, phase, reason in fires]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        execute(cursor, _FOLLOW, _written, rows)
        return int(cursor.rowcount)
