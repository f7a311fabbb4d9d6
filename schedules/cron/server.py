"""What an open-source Skyvern server will do with an expression, its mistakes included.

It hands croniter 3.0.4 zone-aware times, which goes astray around a clock change. Its list of next
fires and its scheduler do so in different ways: the one chains `get_next`, the other asks at each
poll for the last fire and runs it unless a run of that fire or a later one is there.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from schedules.cron.expression import Cron
from schedules.cron.fires import LONGEST_SHIFT
from schedules.cron.walk import walk
from schedules.cron.zones import Change, changes, gap_end, instants

SECOND = timedelta(seconds=1)
"""Croniter's last fire lies before the very second it is asked, so ask one later."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Any will do: the calendar repeats itself sooner than croniter stops to search."""


def server_list(cron: Cron, zone: ZoneInfo, after: datetime, n: int) -> list[datetime]:
    """The `next_runs` that the API would answer with at `after`; its own formula."""
    if never(cron):
        return []
    ahead = croniter(str(cron), after.astimezone(zone))
    return [ahead.get_next(datetime).astimezone(UTC) for _ in range(n)]


def server_fires(cron: Cron, zone: ZoneInfo, after: datetime, n: int) -> list[datetime]:
    """When its scheduler starts the next `n` runs, to the minute, if nothing else delays it.

    That is the first moment at which a poll could find something due; real polls are up to a
    minute later. What is due at `after` counts as done, in time.
    """
    return list(islice(starts(cron, zone, after), n))


def starts(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """All of them, one after the other."""
    if never(cron):
        return
    after = after.astimezone(UTC)
    previous = croniter(str(cron), (after + SECOND).astimezone(zone))
    done = previous.get_prev(datetime).astimezone(UTC)
    ran, ran_at = {done}, min(done, after)
    for poll in _polls(cron, zone, after):
        seen_at = poll + SECOND
        due = previous.get_prev(datetime, start_time=seen_at.astimezone(zone)).astimezone(UTC)
        if ran_at < due and due not in ran:
            yield poll
            ran_at = seen_at
            ran.add(due)


@lru_cache(maxsize=1024)
def never(cron: Cron) -> bool:
    """Whether croniter, which searches 50 years, finds no day for it: that takes long."""
    try:
        croniter(str(cron), A_DAY).get_next()
    except CroniterBadDateError:
        return True
    return False


def _polls(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants after `after`, in order, at which what is due may become something else."""
    local = after.astimezone(zone).replace(tzinfo=None)
    previous: datetime = croniter(str(cron), local - LONGEST_SHIFT).get_prev(datetime)
    since = (instants(previous, zone) or [gap_end(previous, zone)])[0]
    for naive in walk(cron, local - LONGEST_SHIFT):
        for at in instants(naive, zone) or [gap_end(naive, zone)]:
            # a fire is shifted no further by the changes of later years
            for change in islice(changes(zone, since, at), 2):
                polls = _after_change(change, zone, previous)
                yield from (poll for poll in polls if after < poll < at)
            if at > after:
                yield at
            since = max(since, at)
        previous = naive


def _after_change(change: Change, zone: ZoneInfo, previous: datetime) -> Iterator[datetime]:
    """When croniter may begin to shift the fire before the clocks went forward.

    Whether it does depends on the hour of the day, and on the hours that have passed since then.
    """
    yield change.at
    begin = change.at.astimezone(zone).replace(tzinfo=None)
    if change.shift < timedelta(0) or begin - previous > DAY:
        return
    for hour in range(26):
        # the half hours are for the zone that moves its clocks by so much
        for minute in sorted({0, previous.minute, (previous.minute + 30) % 60}):
            yield (begin.replace(minute=minute) + hour * HOUR).replace(tzinfo=zone).astimezone(UTC)
