"""Reads the fires that runs may belong to, and gives each run its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from schedules.ledger.matching import SKEW, Started, are_enough, matched
from schedules.models import Fire, FireQuerySet

BACK = timedelta(hours=26)
"""Runs are looked for among those created no longer ago."""
SPANS = (timedelta(minutes=2), timedelta(hours=1), BACK)
"""How long before its run a fire was due: most are found in the first, and few are read for it."""


class Begun(NamedTuple):
    """What the ledger needs to know of a run that a schedule started."""

    run_id: str
    schedule_id: str
    created_at: datetime
    phase: str
    failure_reason: str


type Pair = tuple[Begun, Fire | None]


def paired(untied: Sequence[Begun], now: datetime) -> list[Pair]:
    """Runs that schedules started, each with its fire; with None if nobody expected it, or if it
    was given its fire since it was found untied."""
    runs: defaultdict[str, list[Begun]] = defaultdict(list)
    for run in untied:
        runs[run.schedule_id].append(run)
    if not runs:
        return []
    fires = _around(runs, now)
    return [
        pair
        for schedule_id, theirs in runs.items()
        for pair in _pairs(schedule_id, theirs, fires[schedule_id])
    ]


def _around(runs: Mapping[str, Sequence[Begun]], now: datetime) -> defaultdict[str, list[Fire]]:
    """The fires that those runs may belong to, in order: the last one may be long ago."""
    begun = min(run.created_at for theirs in runs.values() for run in theirs)
    fires = Fire.objects.exclude(state=Fire.State.EXTRA).order_by("due_at")
    found: defaultdict[str, list[Fire]] = defaultdict(list)
    missing: Iterable[str] = list(runs)
    for span in SPANS:
        found |= _by_schedule(fires, missing, begun - span, now)
        missing = [pk for pk in missing if not are_enough(pk, _dues(found[pk]), _started(runs[pk]))]
        if not missing:
            break
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


def _started(runs: Iterable[Begun]) -> list[Started]:
    return [Started(run.run_id, run.created_at) for run in runs]


def _pairs(schedule_id: str, runs: Sequence[Begun], fires: Iterable[Fire]) -> Iterator[Pair]:
    due, begun = {fire.due_at: fire for fire in fires}, {run.run_id: run for run in runs}
    taken = [at for at, fire in due.items() if fire.run_id]
    for run, at in matched(schedule_id, list(due), taken, _started(runs)):
        yield begun[run.run_id], due[at] if at else None
