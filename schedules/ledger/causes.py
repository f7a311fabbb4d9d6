"""Why a fire was late, missed or not expected, as far as that can be known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import accumulate

from runs.models import Run
from runs.models.run import SPARSE, place_at
from schedules import cron
from schedules.models import Fire, Gap, Pause, Schedule
from schedules.timing import Timing

Cause = Fire.Cause
STRAYS = timedelta(hours=26)
"""How long after a change of the clocks the server may be wrong."""
LONGEST_RUN = timedelta(hours=24)
"""A run that began earlier does not count as what the server was busy with."""
MINUTE = timedelta(minutes=1)


class Evidence:
    """What was going on while fires were due, from the first of them until `now`."""

    def __init__(self, schedules: Collection[str], first: datetime, now: datetime) -> None:
        self.now = now
        self._schedules = Schedule.objects.defer("raw", "parameters").in_bulk(list(schedules))
        self._pauses = _pauses(schedules, first)
        self._gaps = list(Gap.objects.filter(begin__lte=now).exclude(end__lt=first))
        runs = Run.objects.filter(SPARSE["schedule_id"], place__gte=place_at(first - LONGEST_RUN))
        found = sorted(runs.values_list("created_at", "finished_at", "phase"))
        self._begins = [begin for begin, _, _ in found]
        ends = (now if phase == Run.Phase.LIVE else end or begin for begin, end, phase in found)
        self._busy_until = list(accumulate(ends, max))

    def is_paused(self, fire: Fire) -> bool:
        """Whether the schedule was paused when the fire was due."""
        return any(
            begin <= fire.due_at and (end is None or fire.due_at < end)
            for begin, end in self._pauses[fire.schedule_id]
        )

    def of_missed(self, fire: Fire, *, others_due: bool) -> Cause:
        """`others_due`: so were fires of other schedules, and none of them has a run."""
        schedule = self._schedules[fire.schedule_id]
        if not schedule.enabled and self._changed_since(schedule, fire):
            return Cause.PAUSED
        if self._changed_since(schedule, fire):
            return Cause.EDITED
        return (
            self._unseen(fire.due_at)
            or (Cause.CLOCKS if strays(schedule, fire.due_at, does_fire=False) else None)
            or (Cause.BUSY if self._is_busy(fire.due_at) else None)
            or (Cause.SILENT if others_due and not self._began_since(fire.due_at) else None)
            or Cause.UNKNOWN
        )

    def of_late(self, fire: Fire) -> Cause:
        unseen = self._unseen(fire.due_at)
        if unseen == Cause.UNREACHABLE:
            return unseen
        return Cause.BUSY if self._is_busy(fire.due_at) else Cause.UNKNOWN

    def of_extra(self, fire: Fire) -> Cause:
        schedule = self._schedules[fire.schedule_id]
        is_stray = strays(schedule, fire.due_at, does_fire=True)
        return Cause.CLOCKS if is_stray else Cause.UNKNOWN

    def _changed_since(self, schedule: Schedule, fire: Fire) -> bool:
        """The server then drops what was due; it never starts a fire from before a change."""
        return schedule.modified_at is not None and schedule.modified_at > fire.due_at

    def _unseen(self, at: datetime) -> Cause | None:
        for gap in self._gaps:
            if gap.begin <= at and (gap.end is None or at < gap.end):
                is_down = gap.why == Gap.Why.UNREACHABLE
                return Cause.UNREACHABLE if is_down else Cause.UNWATCHED
        return None

    def _is_busy(self, at: datetime) -> bool:
        """Whether a scheduled run was going on: by default a server starts one at a time."""
        before = bisect_left(self._begins, at)
        return before > 0 and self._busy_until[before - 1] > at

    def _began_since(self, at: datetime) -> bool:
        return bisect_right(self._begins, at) < len(self._begins)


def strays(schedule: Schedule, at: datetime, *, does_fire: bool) -> bool:
    """Whether clocks have changed lately, and the server therefore fires at `at`, or does not."""
    timing = Timing.of(schedule)
    if timing.kind != Schedule.Kind.CRON:
        return False
    try:
        zone = cron.load_zone(timing.zone_name)
        if not any(cron.changes(zone, at - STRAYS, at + MINUTE)):
            return False
        done = timing.server_fires(at - MINUTE, at + MINUTE)
    except (cron.CronError, cron.ZoneError):
        return False
    return bool(done) is does_fire


def _pauses(
    schedules: Collection[str], first: datetime
) -> defaultdict[str, list[tuple[datetime, datetime | None]]]:
    found: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    pauses = Pause.objects.filter(schedule__in=schedules).exclude(end__lte=first)
    for schedule_id, begin, end in pauses.values_list("schedule_id", "begin", "end"):
        found[schedule_id].append((begin, end))
    return found
