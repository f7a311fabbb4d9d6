"""Finds the run of each fire, and says what became of the fires that have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from dashboard.models import Feed, Revision
from runs.failure import SETUP
from runs.mirror.writing import writing
from runs.models import Run
from runs.models.run import SPARSE, RunQuerySet, place_at
from schedules.ledger.causes import Evidence
from schedules.ledger.matching import SKEW, Started, are_enough, matched
from schedules.ledger.ringing import ring
from schedules.models import Fire, FireQuerySet, Horizon

ON_TIME = timedelta(seconds=settings.LEDGER_LATE_SECONDS)
"""A run that begins later is late: a server looks once a minute what is due."""
GRACE = timedelta(seconds=settings.LEDGER_GRACE_SECONDS)
"""How long after a fire its run may begin, and be mirrored, before it counts as missed."""
BACK = timedelta(hours=26)
"""Runs are looked for among those created no longer ago."""
NEAR = timedelta(minutes=10)
"""Most runs belong to a fire that was due no longer before them."""
BATCH = 2000
SECOND = timedelta(seconds=1)

_OUTCOMES = {
    Run.Phase.LIVE: Fire.Outcome.LIVE,
    Run.Phase.COMPLETED: Fire.Outcome.SUCCEEDED,
    Run.Phase.FAILED: Fire.Outcome.FAILED,
    Run.Phase.CANCELED: Fire.Outcome.CANCELED,
}
_RUN_COLUMNS = ("run_id", "schedule_id", "created_at", "phase", "failure_reason")
_SETTLED = ("state", "cause", "run", "late_seconds", "outcome", "settled_at")


def settle(now: datetime, watched: datetime, since: datetime | None = None) -> int:
    """Settle what can be; how many fires changed. `watched`: earlier runs are all mirrored.

    `since`: the runs of before are all in the ledger; None if that is not known.
    """
    changed = 0
    while True:
        untied = list(_untied(now, since).only(*_RUN_COLUMNS).order_by("place")[:BATCH])
        ended, over = _ended(), _over(now, watched)
        if not (untied or ended.exists() or over.exists()):
            return changed
        with writing("ledger"):
            found = [_follow(ended), _tie(untied, now)]
            if len(untied) < BATCH:
                found.append(_judge(over, now))
            changed += tell(sum(found))
        if max(found) < BATCH:
            return changed


def _ended() -> FireQuerySet:
    """Whose runs were going on when last looked at, and do no more."""
    live = Fire.objects.filter(outcome=Fire.Outcome.LIVE)
    # in no order, or SQLite reads all fires along their ids
    return live.exclude(run__phase=Run.Phase.LIVE).order_by()


def _over(now: datetime, watched: datetime) -> FireQuerySet:
    """Whose time is over, and that have no run."""
    return Fire.objects.open().filter(due_at__lte=min(now, watched) - GRACE)


def _follow(fires: FireQuerySet) -> int:
    """Note how runs ended that were going on."""
    ended: defaultdict[Fire.Outcome, list[int]] = defaultdict(list)
    for pk, phase, reason in fires.values_list("pk", "run__phase", "run__failure_reason")[:BATCH]:
        ended[outcome_of(phase, reason)].append(pk)
    for outcome, ids in ended.items():
        Fire.objects.filter(pk__in=ids).update(outcome=outcome)
    return sum(map(len, ended.values()))


def _tie(untied: Sequence[Run], now: datetime) -> int:
    """Give runs that schedules started to their fires; those of no fire are extra ones."""
    ids = [run.pk for run in untied]
    known = set(Fire.objects.filter(run__in=ids).values_list("run", flat=True))
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in untied:
        if run.pk not in known:
            runs[run.schedule_id].append(run)
    if not runs:
        return 0
    fires = _around(runs, now)
    caught_up = {
        fire.pk for each in fires.values() for fire in each if fire.state == Fire.State.MISSED
    }
    pairs = [
        pair
        for schedule_id, theirs in runs.items()
        for pair in _pairs(schedule_id, theirs, fires[schedule_id])
    ]
    first = min(fire.due_at if fire else run.created_at for run, fire in pairs)
    evidence = Evidence(runs.keys(), first, now)
    tied = [_begun(run, fire, evidence) for run, fire in pairs]
    Fire.objects.bulk_create([fire for fire in tied if not fire.pk], ignore_conflicts=True)
    expected = [fire for fire in tied if fire.pk]
    _write(expected)
    _collapse(expected)
    ring(tied, now, caught_up=caught_up)
    return len(tied)


def _untied(now: datetime, since: datetime | None) -> RunQuerySet:
    """Runs that are in no ledger and that began when theirs had begun."""
    kept = Horizon.objects.filter(
        schedule=OuterRef("schedule_id"), since__lte=OuterRef("created_at")
    )
    if since is None:
        oldest = Fire.objects.open().order_by("due_at").values_list("due_at", flat=True).first()
        since = min(now - BACK, oldest or now)
    place = place_at(since)
    return Run.objects.filter(SPARSE["schedule_id"], Exists(kept), fire=None, place__gte=place)


def _around(runs: Mapping[str, Sequence[Run]], now: datetime) -> defaultdict[str, list[Fire]]:
    """The fires that those runs may belong to, in order: the last one may be long ago."""
    begun = min(run.created_at for theirs in runs.values() for run in theirs)
    fires = Fire.objects.exclude(state=Fire.State.EXTRA).order_by("due_at")
    found = _by_schedule(fires, runs, begun - NEAR, now)
    missing = [pk for pk in runs if not are_enough(pk, _dues(found[pk]), _started(runs[pk]))]
    if missing:
        found |= _by_schedule(fires, missing, begun - BACK, now)
    for schedule_id in missing:
        if not found[schedule_id]:
            last = fires.filter(schedule=schedule_id, due_at__lt=begun).reverse()
            found[schedule_id] = list(last[:1])
    return found


def _by_schedule(
    fires: FireQuerySet, schedules: Iterable[str], since: datetime, now: datetime
) -> defaultdict[str, list[Fire]]:
    found: defaultdict[str, list[Fire]] = defaultdict(list)
    for fire in fires.filter(schedule__in=schedules, due_at__range=(since, now + SKEW)):
        found[fire.schedule_id].append(fire)
    return found


def _dues(fires: Iterable[Fire]) -> list[datetime]:
    return [fire.due_at for fire in fires]


def _started(runs: Iterable[Run]) -> list[Started]:
    return [Started(run.run_id, run.created_at) for run in runs]


def _pairs(
    schedule_id: str, runs: Sequence[Run], fires: Iterable[Fire]
) -> Iterator[tuple[Run, Fire | None]]:
    due, begun = {fire.due_at: fire for fire in fires}, {run.run_id: run for run in runs}
    taken = [at for at, fire in due.items() if fire.run_id]
    for run, at in matched(schedule_id, list(due), taken, _started(runs)):
        yield begun[run.run_id], due[at] if at else None


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
    missed = Fire.objects.filter(
        state=Fire.State.MISSED, cause=Fire.Cause.BUSY, schedule__in=latest
    )
    missed = missed.filter(due_at__gte=min(latest.values()) - BACK) if latest else missed.none()
    over = [fire.pk for fire in missed if fire.due_at < latest[fire.schedule_id]]
    Fire.objects.filter(pk__in=over).update(cause=Fire.Cause.COLLAPSED)


def _judge(fires: FireQuerySet, now: datetime) -> int:
    """Say of those whose time is over, and that have no run, what became of them."""
    if not Feed.objects.filter(pk="history", cursor__done=True).exists():
        fires = fires.filter(is_backfilled=False)  # their runs may not be mirrored yet
    over = list(fires.order_by("due_at")[:BATCH])
    if not over:
        return 0
    schedules = {fire.schedule_id for fire in over}
    evidence = Evidence(schedules, over[0].due_at, now)
    for fire in over:
        fire.settled_at = now
        if evidence.is_paused(fire):
            fire.state, fire.cause = Fire.State.SKIPPED, Fire.Cause.PAUSED
        else:
            fire.state = Fire.State.MISSED
            until = min(fire.due_at + GRACE, now)
            fire.cause = evidence.of_missed(fire, until, others_due=len(schedules) > 1)
    _note_collapsed(over)
    _write(over)
    ring(over, now)
    return len(over)


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


def _write(fires: Sequence[Fire]) -> None:
    """Of fires that are there: much quicker than an UPDATE with a case for each."""
    Fire.objects.bulk_create(
        fires, update_conflicts=True, unique_fields=["id"], update_fields=_SETTLED
    )


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
