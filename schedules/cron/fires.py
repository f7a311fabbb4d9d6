"""When an expression fires: by the clock on the wall, and as the server will compute it.

The server hands croniter 3.0.4 zone-aware times, which goes astray around a clock change (a daily
09:00 fires at 08:00 too). Croniter over naive local times knows nothing of clock changes and is
right; zoneinfo then says which instants those are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import islice
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from schedules.cron.expression import Cron

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
    """The next `n` fires after an instant, by the wall clock; fewer if there are no more.

    A time of day that the clocks skip moves to the first instant after the gap; one that they
    show twice fires the first time. Patterns that mean "every so often" keep their rhythm.
    """
    follow = _rhythm if cron.keeps_rhythm else _times_of_day
    return list(islice(follow(cron, zone, after), n))


def server_fires(cron: Cron, zone: ZoneInfo, after: datetime, n: int) -> list[datetime]:
    """What Skyvern's server lists as its next `n` fires (its own formula)."""
    ahead = croniter(str(cron), after.astimezone(zone))
    found: list[datetime] = []
    try:
        while len(found) < n:
            found.append(ahead.get_next(datetime).astimezone(UTC))
    except CroniterBadDateError:
        pass  # no more fires: the list is as long as it gets
    return found


def _naive(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Times of the wall clock, without a zone, from a little before `after` on."""
    ahead = croniter(str(cron), after.astimezone(zone).replace(tzinfo=None) - LONGEST_SHIFT)
    try:
        while True:
            yield ahead.get_next(datetime)
    except (CroniterBadDateError, OverflowError):
        return


def _times_of_day(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[Fire]:
    last = after.astimezone(UTC)
    for naive in _naive(cron, zone, after):
        shown = instants(naive, zone)
        at = shown[0] if shown else _gap_end(naive, zone)
        if at <= last:
            continue  # before we began, or a second time moved to the end of the same gap
        last = at
        yield _fire(at, zone, moved_from=None if shown else naive.time())


def _rhythm(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[Fire]:
    """Every instant at which the wall clock shows such a time, in order."""
    pending: list[datetime] = []
    after = after.astimezone(UTC)
    for naive in _naive(cron, zone, after):
        shown = instants(naive, zone)
        # nothing that follows comes before the first instant of this time
        while pending and shown and pending[0] < shown[0]:
            yield _fire(heappop(pending), zone)
        for at in shown:
            if at > after:
                heappush(pending, at)
    while pending:
        yield _fire(heappop(pending), zone)


def _fire(at: datetime, zone: ZoneInfo, *, moved_from: time | None = None) -> Fire:
    local = at.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    change = midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()
    repeated = len(instants(naive, zone)) > 1
    return Fire(at, local, clock_change=change, moved_from=moved_from, repeated=repeated)


def instants(naive: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the wall clock shows `naive`: none in a gap, two in an overlap."""
    found = {naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in found if at.astimezone(zone).replace(tzinfo=None) == naive)


def _gap_end(naive: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the gap that swallowed `naive`, to the second."""
    # PEP 495: read with the offset of after the gap it lies before, and the other way round
    low = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
