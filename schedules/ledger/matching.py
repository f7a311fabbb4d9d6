"""Which run belongs to which fire. Pure: instants are aware UTC datetimes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

DERIVED = "wr_sched_"
"""How an id begins that is derived of a fire."""
SKEW = timedelta(seconds=5)
"""A run may be dated so much before its fire, by a clock that is behind."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Started:
    """A run that its schedule started."""

    run_id: str
    at: datetime


def run_id_of(schedule_id: str, fire: datetime) -> str:
    """The id that an open-source Skyvern gives the run of a fire.

    Source: `build_scheduled_workflow_run_id` in its services/workflow_schedule_service.py.
    """
    digest = sha256(f"{schedule_id}:{fire.astimezone(UTC).isoformat()}".encode()).hexdigest()
    return f"{DERIVED}{digest[:32]}"


def fire_by_id(schedule_id: str, run: Started, within: timedelta) -> datetime | None:
    """The fire that a run's id was derived of, if it was at a full minute and `within` that time
    before the run; no fires need to be known for it."""
    if not run.run_id.startswith(DERIVED):
        return None
    minute = (run.at + SKEW).replace(second=0, microsecond=0)
    while run.at - minute <= within:
        if run_id_of(schedule_id, minute) == run.run_id:
            return minute
        minute -= MINUTE
    return None


def are_enough(schedule_id: str, fires: Sequence[datetime], runs: Iterable[Started]) -> bool:
    """Whether the fire of each run must be among these, the last ones of their schedule."""
    ids = {run_id_of(schedule_id, fire) for fire in fires}
    return all(
        run.run_id in ids
        if run.run_id.startswith(DERIVED)
        else _last_before(fires, run.at + SKEW) is not None
        for run in runs
    )


def matched(
    schedule_id: str,
    fires: Sequence[datetime],
    taken: Iterable[datetime],
    runs: Iterable[Started],
) -> Iterator[tuple[Started, datetime | None]]:
    """Each run with its fire, oldest first; None for a run that no fire expected.

    By its id where the server derives it from the fire, else the last fire before the run.
    `fires` are in order; `taken` those that have a run already.
    """
    by_id = {run_id_of(schedule_id, fire): fire for fire in fires}
    left = set(fires) - set(taken)
    told = sorted(runs, key=lambda run: (run.run_id not in by_id, run.at))
    for run in told:
        fire = by_id.get(run.run_id) or _last_before(fires, run.at + SKEW)
        if fire in left:
            left.remove(fire)
            yield run, fire
        else:
            yield run, None


def _last_before(fires: Sequence[datetime], moment: datetime) -> datetime | None:
    place = bisect_right(fires, moment)
    return fires[place - 1] if place else None
