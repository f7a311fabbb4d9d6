"""Finds the run of each fire, and says what became of the fires that have none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from dashboard.models import Feed, Revision
from dashboard.rows import execute, fields
from runs.mirror.writing import writing
from runs.models.run import place_at
from schedules.ledger.causes import Evidence
from schedules.ledger.outcomes import ended, follow, outcome_of
from schedules.ledger.pairing import BACK, Begun, Pair, paired
from schedules.ledger.punctual import ON_TIME, SECOND, tie_punctual
from schedules.ledger.ringing import ring
from schedules.models import Fire

GRACE = timedelta(seconds=settings.LEDGER_GRACE_SECONDS)
"""How long after a fire its run may begin, and be mirrored, before it counts as missed."""
BATCH = 2000
# These say what is true of all rows in a partial index as well, or the database could not use it.
_UNTIED = """
    SELECT run.run_id, run.schedule_id, run.created_at, run.phase, run.failure_reason
    FROM runs_run AS run WHERE run.schedule_id > '' AND run.place >= %s
        AND EXISTS (SELECT 1 FROM schedules_horizon AS horizon
            WHERE horizon.schedule_id = run.schedule_id AND horizon.since <= run.created_at)
        AND NOT EXISTS (SELECT 1 FROM schedules_fire AS fire WHERE fire.run_id = run.run_id)
    ORDER BY run.place LIMIT %s
"""
# In order, though only one is asked for: PostgreSQL, which expects many, would read all fires.
_OVER = "SELECT 1 FROM schedules_fire WHERE state = 'due' AND due_at <= %s ORDER BY due_at LIMIT 1"
_COLLAPSE = """
    UPDATE schedules_fire SET cause = 'collapsed'
    WHERE cause = 'busy' AND cause > '' AND state = 'missed' AND due_at >= %s AND EXISTS (
        SELECT 1 FROM schedules_fire AS later
        WHERE later.schedule_id = schedules_fire.schedule_id
            AND later.due_at > schedules_fire.due_at AND later.state IN ('on_time', 'late')
    )
    RETURNING id
"""
_written = fields(Fire, "id", "state", "cause", "run", "late_seconds", "outcome", "settled_at")
_SETTLE = """
    WITH told (id, state, cause, run_id, late_seconds, outcome, settled_at) AS ({told})
    UPDATE schedules_fire SET state = told.state, cause = told.cause, run_id = told.run_id,
        late_seconds = told.late_seconds, outcome = told.outcome, settled_at = told.settled_at
    FROM told WHERE schedules_fire.id = told.id
"""


class Settled(NamedTuple):
    """How many fires changed, and how many of them turned out to have no run."""

    changed: int = 0
    missed: int = 0


def settle(now: datetime, watched: datetime, since: datetime | None = None) -> Settled:
    """Settle what can be. `watched`: earlier runs are all mirrored.

    `since`: the runs of before are all in the ledger; None if that is not known.
    """
    done = Settled()
    while True:
        untied, through, is_over = _untied(now, since), ended(BATCH), _is_over(now, watched)
        if not (untied or through or is_over):
            return done
        with writing("ledger"):
            punctual = tie_punctual(untied, now)
            pairs = paired([run for run in untied if run.run_id not in punctual], now)
            waiting = _waiting(now, watched) if is_over and len(untied) < BATCH else []
            first = min((run.created_at for run in untied), default=now)
            missed = _settle(pairs, waiting, [*punctual.values()], first, now)
            changed = tell(len(punctual) + len(pairs) + missed + follow(through))
        done = Settled(done.changed + changed, done.missed + missed)
        if max(len(untied), len(through), len(waiting)) < BATCH:
            return done


def _settle(
    pairs: Sequence[Pair],
    waiting: Sequence[Fire],
    punctual: Sequence[int],
    begun_since: datetime,
    now: datetime,
) -> int:
    """Settle the fires of `pairs`, and those that wait and are not among them; how many of these.

    `punctual`: the ids of those that are settled already, but for what that means for others;
    `begun_since`: when the first of all these runs began.
    """
    begun = {fire.pk: fire for _, fire in pairs if fire}
    missed = [fire for fire in waiting if fire.pk not in begun]
    caught_up = {pk for pk, fire in begun.items() if fire.state == Fire.State.MISSED}
    first = min([begun_since, *(fire.due_at for fire in (*begun.values(), *missed))])
    tied: list[Fire] = []
    if pairs or missed:
        extra = {run.schedule_id for run, fire in pairs if fire is None}
        evidence = Evidence(extra | {fire.schedule_id for fire in missed}, first, now)
        tied = _tie(pairs, evidence)
        _judge(missed, evidence)
    if tied or missed or punctual:
        collapsed = _collapse(first - BACK)
        for fire in missed:
            if fire.pk in collapsed:
                fire.cause = Fire.Cause.COLLAPSED
    ring([*tied, *missed], now, caught_up=caught_up, punctual=punctual)
    return len(missed)


def _is_over(now: datetime, watched: datetime) -> bool:
    """Whether the time of one is over that has no run."""
    with connection.cursor() as cursor:
        cursor.execute(_OVER, [connection.ops.adapt_datetimefield_value(_last(now, watched))])
        return cursor.fetchone() is not None


def _last(now: datetime, watched: datetime) -> datetime:
    """Whose time is over was due by then."""
    return min(now, watched) - GRACE


def _tie(pairs: Sequence[Pair], evidence: Evidence) -> list[Fire]:
    """Write that those runs began; the fires, of which those that nobody expected are new."""
    tied = [_begun(run, fire, evidence) for run, fire in pairs]
    if extra := [fire for fire in tied if not fire.pk]:
        Fire.objects.bulk_create(extra, ignore_conflicts=True)
    _write([fire for fire in tied if fire.pk], evidence.now)
    return tied


def _waiting(now: datetime, watched: datetime) -> list[Fire]:
    """The first of those whose time is over, but those whose runs may not be mirrored yet."""
    over = Fire.objects.open().filter(due_at__lte=_last(now, watched)).order_by("due_at")
    found = list(over[:BATCH])
    if not any(fire.is_backfilled for fire in found):
        return found
    if Feed.objects.filter(pk="history", cursor__done=True).exists():
        return found
    return list(over.filter(is_backfilled=False)[:BATCH])


def _untied(now: datetime, since: datetime | None) -> list[Begun]:
    """Runs that are in no ledger and that began when theirs had begun, oldest first."""
    if since is None:
        oldest = Fire.objects.open().order_by("due_at").values_list("due_at", flat=True).first()
        since = min(now - BACK, oldest or now)
    with connection.cursor() as cursor:
        # SQLite's driver knows no zones; PostgreSQL is asked in UTC.
        cursor.execute(_UNTIED, [place_at(since), BATCH])
        return [
            Begun(run_id, schedule_id, at.replace(tzinfo=UTC), phase, reason)
            for run_id, schedule_id, at, phase, reason in cursor.fetchall()
        ]


def _begun(run: Begun, fire: Fire | None, evidence: Evidence) -> Fire:
    """The fire as its run settles it; a new one for a run that nobody expected."""
    if fire is None:
        fire = Fire(schedule_id=run.schedule_id, due_at=run.created_at, state=Fire.State.EXTRA)
        fire.cause = evidence.of_extra(fire)
    else:
        late = max(timedelta(0), run.created_at - fire.due_at)
        fire.late_seconds = late // SECOND
        fire.state = Fire.State.ON_TIME if late <= ON_TIME else Fire.State.LATE
        is_late = late > ON_TIME
        fire.cause = evidence.of_late(fire, run.created_at) if is_late else Fire.Cause.NONE
    fire.run_id, fire.settled_at = run.run_id, evidence.now
    fire.outcome = outcome_of(run.phase, run.failure_reason)
    return fire


def _collapse(since: datetime) -> set[int]:
    """Note what was due since then, could not begin for another run, and was replaced by a later
    fire of its schedule, which has its run; the ids."""
    with connection.cursor() as cursor:
        cursor.execute(_COLLAPSE, [connection.ops.adapt_datetimefield_value(since)])
        return {pk for (pk,) in cursor.fetchall()}


def _judge(over: Sequence[Fire], evidence: Evidence) -> None:
    """Say of those whose time is over, and that have no run, what became of them."""
    if not over:
        return
    schedules = {fire.schedule_id for fire in over}
    for fire in over:
        if evidence.is_paused(fire):
            fire.state, fire.cause = Fire.State.SKIPPED, Fire.Cause.PAUSED
        else:
            fire.state = Fire.State.MISSED
            until = min(fire.due_at + GRACE, evidence.now)
            fire.cause = evidence.of_missed(fire, until, others_due=len(schedules) > 1)
    _write(over, evidence.now)


def _write(fires: Sequence[Fire], now: datetime) -> None:
    """Of fires that are there, by one statement that both databases take: Django's own, with a case
    for each column of each fire, takes several times as long."""
    if not fires:
        return
    rows = [
        (fire.pk, fire.state, fire.cause, fire.run_id, fire.late_seconds, fire.outcome, now)
        for fire in fires
    ]
    with connection.cursor() as cursor:
        execute(cursor, _SETTLE, _written, rows)


def tell(fires: int) -> int:
    """Let the pages know that so many have changed."""
    if fires:
        Revision.bump("ledger")
    return fires
