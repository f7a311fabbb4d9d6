"""Reckons what fires in the coming fortnight, hour by hour, and how it would wait for each other.

Writes the `Hour` rows, so that no page has to go through all schedules. An open-source Skyvern
starts one scheduled run at a time and drops, of a schedule that comes due again meanwhile, all but
the newest fire; so that is what is played through here.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice, takewhile

from django.db.models import Sum

from dashboard.feeds import Lease
from dashboard.models import Revision
from runs.mirror.writing import writing
from runs.models import Run, Tally
from schedules import cron
from schedules.models import Hour, Schedule
from schedules.outlook import switched_off
from schedules.timing import Timing

AHEAD = timedelta(days=14)
MOST = 4_200
"""Fires of one schedule: a few more than one each five minutes."""
USUAL = 60
"""Seconds that a run takes of which nobody knows better."""
USUAL_SINCE = timedelta(days=14)
LONGEST = 24 * 3600
AT_A_TIME = 200
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Firing:
    """Schedules that fire at the same minutes (since the epoch), in order."""

    minutes: array[int]
    schedules: tuple[int, ...]

    def within(self, begin: int) -> Sequence[int]:
        """The minutes of the hour that begins with that one."""
        start = bisect_left(self.minutes, begin)
        return self.minutes[start : bisect_left(self.minutes, begin + 60, start)]


@dataclass
class Queue:
    """One run at a time: when the next can start, and when each schedule's last one does."""

    seconds: Sequence[int]
    """How long a run of each schedule takes."""
    free_at: int = 0
    starts: dict[int, int] = field(default_factory=dict)

    def wait(self, at: int, schedule: int) -> int | None:
        """How long a fire of that second waits; None if its schedule's last one still does."""
        if self.starts.get(schedule, 0) > at:
            return None
        start = max(at, self.free_at)
        self.starts[schedule], self.free_at = start, start + self.seconds[schedule]
        return start - at


def reckon(lease: Lease, now: datetime) -> None:
    """Bring the hours up to date, if there is a new one or if schedules have changed."""
    this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    off = switched_off()
    found = () if off else _timed()
    digest = sha256(repr((this, off, found)).encode()).hexdigest()
    if lease.cursor.get("digest") == digest:
        return
    names = [name for name, _, _ in found]
    firings = list(_firings(lease, found, this))
    queue = Queue(_usual([workflow for _, workflow, _ in found], now))
    _write([_hour(begin, firings, queue, names) for begin in _hours(this)])
    lease.cursor["digest"] = digest


def _timed() -> tuple[tuple[str, str, Timing], ...]:
    """The schedules that will fire: id, agent and timing."""
    columns = ("kind", "timezone", "cron_expression", "interval_seconds", "first_fire_at", "run_at")
    rows = Schedule.objects.active().order_by("pk").values_list("pk", "workflow_id", *columns)
    return tuple((name, workflow, Timing(*timing)) for name, workflow, *timing in rows)


def _firings(
    lease: Lease, found: Sequence[tuple[str, str, Timing]], this: datetime
) -> Iterator[Firing]:
    alike: defaultdict[Timing, list[int]] = defaultdict(list)
    for number, (_, _, timing) in enumerate(found):
        alike[timing].append(number)
    for done, (timing, schedules) in enumerate(alike.items()):
        if done % AT_A_TIME == AT_A_TIME - 1:
            lease.renew()
        yield Firing(_minutes(timing, this), tuple(schedules))


@lru_cache(maxsize=6_000)
def _minutes(timing: Timing, this: datetime) -> array[int]:
    """Of its fires from that hour on; none where they cannot be told. Kept for the hour."""
    if timing.kind == Schedule.Kind.INTERVAL and timing.first_fire_at is None:
        return array("L")  # nobody has said what its intervals are counted from
    try:
        fires = takewhile(lambda at: at < this + AHEAD, timing.times(this - timedelta(seconds=1)))
        return array("L", (int(at.timestamp()) // 60 for at in islice(fires, MOST)))
    except (cron.CronError, cron.ZoneError):
        return array("L")


def _usual(workflows: Sequence[str], now: datetime) -> list[int]:
    """How many seconds a run of each takes on an average, by those that completed of late."""
    tallies = Tally.objects.filter(phase=Run.Phase.COMPLETED, hour__gte=now - USUAL_SINCE)
    sums = tallies.values("workflow").annotate(Sum("timed"), Sum("duration_ms")).order_by()
    spent: Mapping[str, int] = {
        workflow: max(1, min(LONGEST, ms // timed // 1000))
        for workflow, timed, ms in sums.values_list("workflow", "timed__sum", "duration_ms__sum")
        if timed
    }
    return [spent.get(workflow, USUAL) for workflow in workflows]


def _hours(this: datetime) -> Iterator[datetime]:
    return (this + number * HOUR for number in range(AHEAD // HOUR))


def _hour(
    begin: datetime, firings: Collection[Firing], queue: Queue, names: Sequence[str]
) -> Hour | None:
    """None for one in which nothing fires."""
    first = int(begin.timestamp()) // 60
    fires = sorted(
        (minute, schedule)
        for firing in firings
        for minute in firing.within(first)
        for schedule in firing.schedules
    )
    if not fires:
        return None
    waits = [queue.wait(minute * 60, schedule) for minute, schedule in fires]
    busiest, at_once = Counter(minute for minute, _ in fires).most_common(1)[0]
    return Hour(
        begin=begin,
        fires=len(fires),
        at_once=at_once,
        busiest=busiest - first,
        wait_seconds=max((wait for wait in waits if wait is not None), default=0),
        dropped=waits.count(None),
        first=[[minute - first, names[schedule]] for minute, schedule in fires[: Hour.LISTED]],
    )


FIELDS = ["fires", "at_once", "busiest", "wait_seconds", "dropped", "first"]


def _write(hours: Sequence[Hour | None]) -> None:
    wanted = [hour for hour in hours if hour]
    with writing("hours"):
        Hour.objects.exclude(begin__in=[hour.begin for hour in wanted]).delete()
        Hour.objects.bulk_create(
            wanted, update_conflicts=True, unique_fields=["begin"], update_fields=FIELDS
        )
        Revision.bump("hours")
