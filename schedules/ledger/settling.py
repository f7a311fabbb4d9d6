"""Finds the run of each fire, and says what became of the fires that have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from dashboard.models import Feed, Revision
from runs.failure import SETUP
from runs.mirror.writing import writing
from runs.models import Run
from runs.models.run import SPARSE, place_at
from schedules.ledger.causes import Evidence
from schedules.ledger.matching import SKEW, Started, matched
from schedules.models import Fire, Horizon

ON_TIME = timedelta(seconds=settings.LEDGER_LATE_SECONDS)
"""A run that begins later is late: a server looks once a minute what is due."""
GRACE = timedelta(seconds=settings.LEDGER_GRACE_SECONDS)
"""How long after a fire its run may begin, and be mirrored, before it counts as missed."""
BACK = timedelta(hours=26)
"""Runs are looked for among those created no longer ago."""
BATCH = 2000
SECOND = timedelta(seconds=1)

_OUTCOMES = {
    Run.Phase.LIVE: Fire.Outcome.LIVE,
    Run.Phase.COMPLETED: Fire.Outcome.SUCCEEDED,
    Run.Phase.FAILED: Fire.Outcome.FAILED,
    Run.Phase.CANCELED: Fire.Outcome.CANCELED,
}
_RUN_COLUMNS = ("run_id", "schedule_id", "created_at", "phase", "failure_reason")


def settle(now: datetime, watched: datetime) -> int:
    """Settle what can be; how many fires changed. `watched`: earlier runs are all mirrored."""
    changed = 0
    for step in (_follow, _tie, _judge):
        while many := step(now, watched):
            changed += many
            if many < BATCH:
                break
    return changed


def _follow(now: datetime, watched: datetime) -> int:
    """Note how runs ended that were going on."""
    with writing("ledger"):
        fires = Fire.objects.filter(outcome=Fire.Outcome.LIVE).exclude(run__phase=Run.Phase.LIVE)
        found = list(fires.select_related("run").order_by("pk")[:BATCH])
        for fire in found:
            fire.outcome = outcome_of(fire.run)
        Fire.objects.bulk_update(found, ["outcome"])
        return tell(found)


def _tie(now: datetime, watched: datetime) -> int:
    """Give runs that schedules started to their fires; those of no fire are extra ones."""
    with writing("ledger"):
        runs = _untied(now)
        if not runs:
            return 0
        fires = _around(runs, now)
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
        Fire.objects.bulk_update(
            expected, ["state", "cause", "run", "late_seconds", "outcome", "settled_at"]
        )
        _collapse(expected)
        return tell(tied)


def _untied(now: datetime) -> dict[str, list[Run]]:
    """By schedule, runs that are in no ledger and that began when theirs had begun."""
    kept = Horizon.objects.filter(
        schedule=OuterRef("schedule_id"), since__lte=OuterRef("created_at")
    )
    oldest = Fire.objects.open().order_by("due_at").values_list("due_at", flat=True).first()
    since = min(now - BACK, oldest or now)
    runs = Run.objects.filter(
        SPARSE["schedule_id"], Exists(kept), fire=None, place__gte=place_at(since)
    )
    found: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs.only(*_RUN_COLUMNS).order_by("place")[:BATCH]:
        found[run.schedule_id].append(run)
    return found


def _around(runs: Mapping[str, Sequence[Run]], now: datetime) -> defaultdict[str, list[Fire]]:
    """The fires that those runs may belong to, in order: the last one may be long ago."""
    begun = min(run.created_at for theirs in runs.values() for run in theirs)
    fires = Fire.objects.exclude(state=Fire.State.EXTRA).order_by("due_at")
    found: defaultdict[str, list[Fire]] = defaultdict(list)
    for fire in fires.filter(schedule__in=runs, due_at__range=(begun - BACK, now + SKEW)):
        found[fire.schedule_id].append(fire)
    for schedule_id in runs.keys() - found.keys():
        found[schedule_id] = list(
            fires.filter(schedule=schedule_id, due_at__lt=begun).reverse()[:1]
        )
    return found


def _pairs(
    schedule_id: str, runs: Iterable[Run], fires: Iterable[Fire]
) -> Iterator[tuple[Run, Fire | None]]:
    due, begun = {fire.due_at: fire for fire in fires}, {run.run_id: run for run in runs}
    taken = [at for at, fire in due.items() if fire.run_id]
    started = [Started(run.run_id, run.created_at) for run in runs]
    for run, at in matched(schedule_id, list(due), taken, started):
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
    fire.run, fire.outcome, fire.settled_at = run, outcome_of(run), evidence.now
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


def _judge(now: datetime, watched: datetime) -> int:
    """Say of those whose time is over, and that have no run, what became of them."""
    with writing("ledger"):
        fires = Fire.objects.open().filter(due_at__lte=min(now, watched) - GRACE)
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
        Fire.objects.bulk_update(over, ["state", "cause", "settled_at"])
        return tell(over)


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


def outcome_of(run: Run | None) -> Fire.Outcome:
    """What became of a run, as the ledger says it."""
    if run is None:
        return Fire.Outcome.OTHER
    found = _OUTCOMES.get(Run.Phase(run.phase), Fire.Outcome.OTHER)
    is_setup = found == Fire.Outcome.FAILED and run.failure_reason.startswith(SETUP)
    return Fire.Outcome.SETUP if is_setup else found


def tell(fires: Collection[object]) -> int:
    """Let the pages know; how many there are."""
    if fires:
        Revision.bump("ledger")
    return len(fires)
