"""Ties most runs to their fires without reading those: their ids and times tell which they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from schedules.ledger.matching import Started, fire_by_id
from schedules.ledger.outcomes import outcome_of
from schedules.ledger.pairing import Begun

ON_TIME = timedelta(seconds=settings.LEDGER_LATE_SECONDS)
"""A run that begins later is late: a server looks once a minute what is due."""
SECOND = timedelta(seconds=1)
_TIE = """
    UPDATE schedules_fire SET state = 'on_time', settled_at = %%s, run_id = told.column3,
        late_seconds = CAST(told.column4 AS integer), outcome = told.column5
    FROM (VALUES %s) AS told
    WHERE schedules_fire.schedule_id = told.column1 AND schedules_fire.due_at = told.column2
        AND schedules_fire.state = 'due'
        AND NOT EXISTS (SELECT 1 FROM schedules_fire AS its WHERE its.run_id = told.column3)
    RETURNING run_id, id
"""


def tie_punctual(runs: Sequence[Begun], now: datetime) -> dict[str, int]:
    """Settle the fires of those that are sure to have begun on time; by a run's id, its fire's.

    One statement finds and settles them, as reading each fire and those around it takes several
    times as long. What is not that plain is left: another kind of id, a fire that is settled
    already or that nobody expected.
    """
    due = [(run, at) for run in runs if (at := _due(run))]
    if not due:
        return {}
    adapt = connection.ops.adapt_datetimefield_value
    told: list[Any] = [adapt(now)]
    for run, at in due:
        outcome = outcome_of(run.phase, run.failure_reason)
        told += run.schedule_id, adapt(at), run.run_id, _late(run, at), outcome
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(due))
    with connection.cursor() as cursor:
        cursor.execute(_TIE % rows, told)
        return dict(cursor.fetchall())


def _due(run: Begun) -> datetime | None:
    return fire_by_id(run.schedule_id, Started(run.run_id, run.created_at), ON_TIME)


def _late(run: Begun, due: datetime) -> int:
    return max(timedelta(0), run.created_at - due) // SECOND
