"""Finds the run of each fire, and says what became of the fires that have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Exists, Max, OuterRef

from dashboard.models import Feed, Revision
from runs.failure import SETUP
from runs.mirror.writing import writing
from runs.models import Run
from runs.models.run import SPARSE, RunQuerySet, place_at
from schedules.ledger.causes import Evidence
from schedules.ledger.pairing import BACK, Pair, paired
from schedules.ledger.ringing import ring
from schedules.models import Fire, FireQuerySet, Horizon

ON_TIME = timedelta(seconds=settings.LEDGER_LATE_SECONDS)
"""A run that begins later is late: a server looks once a minute what is due."""
GRACE = timedelta(seconds=settings.LEDGER_GRACE_SECONDS)
"""How long after a fire its run may begin, and be mirrored, before it counts as missed."""
BATCH = 2000
SECOND = timedelta(seconds=1)

_OUTCOMES = {
    Run.Phase.LIVE: Fire.Outcome.LIVE,
    Run.Phase.COMPLETED: Fire.Outcome.SUCCEEDED,
    Run.Phase.FAILED: Fire.Outcome.FAILED,
    Run.Phase.CANCELED: Fire.Outcome.CANCELED,
}
_RUN_COLUMNS = ("run_id", "schedule_id", "created_at", "phase", "failure_reason")
_SETTLE = """UPDATE schedules_fire SET state = told.column2, cause = told.column3,
    run_id = told.column4, late_seconds = CAST(told.column5 AS integer), outcome = told.column6,
    settled_at = %%s FROM (VALUES %s) AS told WHERE schedules_fire.id = told.column1"""


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
        untied = list(_untied(now, since).only(*_RUN_COLUMNS).order_by("place")[:BATCH])
        ended, over = _ended(), _over(now, watched)
        if not (untied or ended.exists() or over.first()):
            return done
        with writing("ledger"):
            pairs = paired(untied, now)
            waiting = _waiting(over) if len(untied) < BATCH else []
            followed = _follow(ended)
            missed = _settle(pairs, waiting, now) if pairs or waiting else 0
            changed = tell(followed + len(pairs) + missed)
        done = Settled(done.changed + changed, done.missed + missed)
        if max(followed, len(pairs), len(waiting)) < BATCH:
            return done


def _settle(pairs: Sequence[Pair], waiting: Sequence[Fire], now: datetime) -> int:
    begun = {fire.pk: fire for _, fire in pairs if fire}
    missed = [fire for fire in waiting if fire.pk not in begun]
    caught_up = {pk for pk, fire in begun.items() if fire.state == Fire.State.MISSED}
    evidence = _evidence(pairs, missed, now)
    tied = _tie(pairs, evidence)
    _judge(missed, evidence)
    ring([*tied, *missed], now, caught_up=caught_up)
    return len(missed)


def _evidence(pairs: Sequence[Pair], missed: Sequence[Fire], now: datetime) -> Evidence:
    extra = {run.schedule_id for run, fire in pairs if fire is None}
    moments = [fire.due_at if fire else run.created_at for run, fire in pairs]
    moments += [fire.due_at for fire in missed]
    return Evidence(extra | {fire.schedule_id for fire in missed}, min(moments), now)


def _ended() -> FireQuerySet:
    """Whose runs were going on when last looked at, and do no more."""
    live = Fire.objects.filter(outcome=Fire.Outcome.LIVE)
    # in no order, or SQLite reads all fires along their ids
    return live.exclude(run__phase=Run.Phase.LIVE).order_by()


def _over(now: datetime, watched: datetime) -> FireQuerySet:
    """Whose time is over, and that have no run. In order, even for one alone: PostgreSQL expects
    many of them, and else reads all fires until it has met one."""
    return Fire.objects.open().filter(due_at__lte=min(now, watched) - GRACE).order_by("due_at")


def _follow(fires: FireQuerySet) -> int:
    """Note how runs ended that were going on."""
    ended: defaultdict[Fire.Outcome, list[int]] = defaultdict(list)
    for pk, phase, reason in fires.values_list("pk", "run__phase", "run__failure_reason")[:BATCH]:
        ended[outcome_of(phase, reason)].append(pk)
    for outcome, ids in ended.items():
        Fire.objects.filter(pk__in=ids).update(outcome=outcome)
    return sum(map(len, ended.values()))


def _tie(pairs: Sequence[Pair], evidence: Evidence) -> list[Fire]:
    """Write that those runs began; the fires, of which those that nobody expected are new."""
    tied = [_begun(run, fire, evidence) for run, fire in pairs]
    if extra := [fire for fire in tied if not fire.pk]:
        Fire.objects.bulk_create(extra, ignore_conflicts=True)
    expected = [fire for fire in tied if fire.pk]
    _write(expected, evidence.now)
    _collapse(expected)
    return tied


def _waiting(over: FireQuerySet) -> list[Fire]:
    """The first of those whose time is over, but those whose runs may not be mirrored yet."""
    found = list(over[:BATCH])
    if not any(fire.is_backfilled for fire in found):
        return found
    if Feed.objects.filter(pk="history", cursor__done=True).exists():
        return found
    return list(over.filter(is_backfilled=False)[:BATCH])


def _untied(now: datetime, since: datetime | None) -> RunQuerySet:
    """Runs that are in no ledger and that began when theirs had begun."""
    kept = Horizon.objects.filter(
        schedule=OuterRef("schedule_id"), since__lte=OuterRef("created_at")
    )
    if since is None:
        oldest = Fire.objects.open().order_by("due_at").values_list("due_at", flat=True).first()
        since = min(now - BACK, oldest or now)
    place = place_at(since)
    return Run.objects.filter(SPARSE["schedule_id"], Exists(kept), fires=None, place__gte=place)


def _begun(run: Run, fire: Fire | None, evidence: Evidence) -> Fire:
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
    fire.run, fire.settled_at = run, evidence.now
    fire.outcome = outcome_of(run.phase, run.failure_reason)
    return fire


def _collapse(tied: Iterable[Fire]) -> None:
    """What could not begin for another run, and for which a later fire's run now stands."""
    latest: dict[str, datetime] = {}
    for fire in tied:
        latest[fire.schedule_id] = max(fire.due_at, latest.get(fire.schedule_id, fire.due_at))
    missed = Fire.objects.of_state(Fire.State.MISSED)
    missed = missed.filter(cause=Fire.Cause.BUSY, schedule__in=latest)
    missed = missed.filter(due_at__gte=min(latest.values()) - BACK) if latest else missed.none()
    # in no order, or SQLite reads those of all schedules
    told = missed.order_by().values_list("pk", "schedule_id", "due_at")
    if over := [pk for pk, schedule_id, at in told if at < latest[schedule_id]]:
        Fire.objects.filter(pk__in=over).update(cause=Fire.Cause.COLLAPSED)


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
    _note_collapsed(over)
    _write(over, evidence.now)


def _note_collapsed(missed: Iterable[Fire]) -> None:
    """As `_collapse`, where the later fire's run came before the time of the earlier was over."""
    busy = [fire for fire in missed if fire.cause == Fire.Cause.BUSY]
    if not busy:
        return
    begun = Fire.objects.filter(
        schedule__in={fire.schedule_id for fire in busy},
        due_at__gt=min(fire.due_at for fire in busy),
        state__in=[Fire.State.ON_TIME, Fire.State.LATE],
    )
    latest = dict(begun.order_by().values_list("schedule").annotate(Max("due_at")))
    for fire in busy:
        if fire.due_at < latest.get(fire.schedule_id, fire.due_at):
            fire.cause = Fire.Cause.COLLAPSED


def _write(fires: Sequence[Fire], now: datetime) -> None:
    """Of fires that are there, by one statement that both databases take: Django's own, with a case
    for each column of each fire, takes several times as long."""
    if not fires:
        return
    told: list[int | str | None] = [connection.ops.adapt_datetimefield_value(now)]
    for fire in fires:
        told += fire.pk, fire.state, fire.cause, fire.run_id, fire.late_seconds, fire.outcome
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(fires))
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE % rows, told)


def outcome_of(phase: str | None, reason: str) -> Fire.Outcome:
    """What became of a run, as the ledger says it; of one that is gone, its phase is None."""
    if phase is None:
        return Fire.Outcome.OTHER
    found = _OUTCOMES.get(Run.Phase(phase), Fire.Outcome.OTHER)
    is_setup = found == Fire.Outcome.FAILED and reason.startswith(SETUP)
    return Fire.Outcome.SETUP if is_setup else found


def tell(fires: int) -> int:
    """Let the pages know that so many have changed."""
    if fires:
        Revision.bump("ledger")
    return fires
