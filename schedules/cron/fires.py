"""When an expression fires by the clock on the wall: what the person who wrote it means."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from schedules.cron.expression import Cron
from schedules.cron.walk import read, walk
from schedules.cron.zones import gap_end, instants

LONGEST_SHIFT = timedelta(hours=3)
"""No zone moves its clocks by more at once; looking back this far finds every moved fire."""


@dataclass(frozen=True)
class Fire:
    """One fire to come. `local` is the same instant in the schedule's zone."""

    at: datetime
    local: datetime
    clock_change: bool = False
    """The clocks change on that local day."""
    moved_from: time | None = None
    """The time of day meant, where the clocks skip it that day."""
    repeated: bool = False
    """The clocks show that time twice that day."""


def fires(cron: Cron, zone: ZoneInfo, after: datetime, n: int) -> list[Fire]:
    """The next `n` fires after an instant, by the wall clock; fewer if there are no more."""
    return list(islice(coming(cron, zone, after), n))


def coming(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[Fire]:
    """All fires after an instant, by the wall clock.

    A time of day that the clocks skip moves to the first instant after the gap, one that they show
    twice fires the first time; but what fires in the hour before and in the hour after as well
    keeps its rhythm: it fires whenever the clocks show such a time.
    """
    for at, moved_from in _coming(cron, zone, after):
        yield _fire(at, zone, moved_from)


def times(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants of the same fires, and nothing more of them: several times as fast."""
    return (at for at, _ in _coming(cron, zone, after))


def _coming(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[tuple[datetime, time | None]]:
    last = after.astimezone(UTC)
    for at, moved_from in _instants(cron, zone, last):
        if at > last:  # else before we began, or a second one moved to the end of a gap
            last = at
            yield at, moved_from


def _instants(
    cron: Cron, zone: ZoneInfo, after: datetime
) -> Iterator[tuple[datetime, time | None]]:
    """From a little before `after` on, in order; each with the time it was moved from."""
    rhythm = read(cron).rhythm
    pending: deque[datetime] = deque()
    for naive in walk(cron, after.astimezone(zone).replace(tzinfo=None) - LONGEST_SHIFT):
        shown = instants(naive, zone)
        if not shown and naive.hour in rhythm:
            continue
        first = shown[0] if shown else gap_end(naive, zone)
        # nothing that follows comes before the first instant of this time
        while pending and pending[0] < first:
            yield pending.popleft(), None
        yield first, None if shown else naive.time()
        if naive.hour in rhythm:
            pending.extend(shown[1:])
    yield from ((at, None) for at in pending)


def _fire(at: datetime, zone: ZoneInfo, moved_from: time | None) -> Fire:
    local = at.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    change = midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()
    repeated = len(instants(naive, zone)) > 1
    return Fire(at, local, clock_change=change, moved_from=moved_from, repeated=repeated)
