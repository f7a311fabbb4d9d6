"""Ties most runs to their fires without reading those: their ids and times tell which they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from dashboard.rows import execute, fields
from schedules.ledger.matching import Started, fire_by_id
from schedules.ledger.outcomes import outcome_of
from schedules.ledger.pairing import Begun
from schedules.models import Fire

ON_TIME = timedelta(seconds=settings.LEDGER_LATE_SECONDS)
"""A run that begins later is late: a server looks once a minute what is due."""
SECOND = timedelta(seconds=1)
_written = fields(Fire, "schedule", "due_at", "run", "late_seconds", "outcome", "settled_at")
_TIE = """
    WITH told (schedule_id, due_at, run_id, late_seconds, outcome, settled_at) AS ({told})
    UPDATE schedules_fire SET state = 'on_time', run_id = told.run_id,
        late_seconds = told.late_seconds, outcome = told.outcome, settled_at = told.settled_at
    FROM told
    WHERE schedules_fire.schedule_id = told.schedule_id AND schedules_fire.due_at = told.due_at
        AND schedules_fire.state = 'due'
        AND NOT EXISTS (SELECT 1 FROM schedules_fire AS its WHERE its.run_id = told.run_id)
    RETURNING schedules_fire.run_id, schedules_fire.id
"""


def tie_punctual(runs: Sequence[Begun], now: datetime) -> dict[str, int]:
    """Settle the fires of those that are sure to have begun on time; by a run's id, its fire's.

    One statement finds and settles them, as reading each fire and those around it takes several
    times as long. What is not that plain is left: another kind of id, a fire that is settled
    already or that nobody expected.
    """
    rows = [
        (run.schedule_id, at, run.run_id, _late(run, at), outcome_of(run.phase, run.failure_reason))
        for run in runs
        if (at := _due(run))
    ]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        execute(cursor, _TIE, _written, ((*row, now) for row in rows))
        return dict(cursor.fetchall())


def _due(run: Begun) -> datetime | None:
    return fire_by_id(run.schedule_id, Started(run.run_id, run.created_at), ON_TIME)


def _late(run: Begun, due: datetime) -> int:
    return max(timedelta(0), run.created_at - due) // SECOND
