"""Why a fire was late, missed or not expected, as far as that can be known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property

from schedules import cron
from schedules.ledger.slots import Slots
from schedules.models import Fire, Gap, Pause, Schedule
from schedules.timing import Timing

Cause = Fire.Cause
STRAYS = timedelta(hours=26)
"""How long after a change of the clocks the server may be wrong."""
MINUTE = timedelta(minutes=1)
CANCELED = "canceled"
"""What upstream says of a one-time schedule that was."""


class Evidence:
    """What was going on while fires were due, from the first of them until `now`.

    `schedules`: the ids of those whose fires were missed or not expected.
    """

    def __init__(self, schedules: Collection[str], first: datetime, now: datetime) -> None:
        self.now = now
        self._ids, self._first = list(schedules), first

    @cached_property
    def _schedules(self) -> dict[str, Schedule]:
        return Schedule.objects.defer("raw", "parameters").in_bulk(self._ids)

    @cached_property
    def _pauses(self) -> defaultdict[str, list[tuple[datetime, datetime | None]]]:
        return _pauses(self._ids, self._first)

    @cached_property
    def _gaps(self) -> list[Gap]:
        return list(Gap.objects.filter(begin__lte=self.now).exclude(end__lt=self._first))

    @cached_property
    def _slots(self) -> Slots:
        return Slots.since(self._first, self.now)

    def is_paused(self, fire: Fire) -> bool:
        """Whether the schedule was paused when the fire was due."""
        return any(
            begin <= fire.due_at and (end is None or fire.due_at < end)
            for begin, end in self._pauses[fire.schedule_id]
        )

    def of_missed(self, fire: Fire, until: datetime, *, others_due: bool) -> Cause:
        """`until`: when its time was over; `others_due`: so were fires of other schedules, and
        none of them has a run."""
        schedule = self._schedules[fire.schedule_id]
        if not schedule.enabled and self._changed_since(schedule, fire):
            return Cause.PAUSED
        if self._changed_since(schedule, fire):
            return Cause.EDITED
        return (
            self._unseen(fire.due_at)
            or (Cause.CLOCKS if strays(schedule, fire.due_at, does_fire=False) else None)
            or (Cause.BUSY if self._slots.were_taken(fire.due_at, until) else None)
            or (Cause.SILENT if others_due and not self._slots.began_since(fire.due_at) else None)
            or Cause.UNKNOWN
        )

    def of_late(self, fire: Fire, begun: datetime) -> Cause:
        unseen = self._unseen(fire.due_at)
        if unseen == Cause.UNREACHABLE:
            return unseen
        return Cause.BUSY if self._slots.were_taken(fire.due_at, begun) else Cause.UNKNOWN

    def of_extra(self, fire: Fire) -> Cause:
        schedule = self._schedules[fire.schedule_id]
        is_stray = strays(schedule, fire.due_at, does_fire=True)
        return Cause.CLOCKS if is_stray else Cause.UNKNOWN

    def _changed_since(self, schedule: Schedule, fire: Fire) -> bool:
        """The server then drops what was due; it never starts a fire from before a change.

        A one-time schedule is changed by its own fire, and by nothing else once that is due.
        """
        if schedule.deleted_at is not None and schedule.deleted_at > fire.due_at:
            return True
        if schedule.kind == Schedule.Kind.ONCE and schedule.dispatch_status != CANCELED:
            return False
        return schedule.modified_at is not None and schedule.modified_at > fire.due_at

    def _unseen(self, at: datetime) -> Cause | None:
        for gap in self._gaps:
            if gap.begin <= at and (gap.end is None or at < gap.end):
                is_down = gap.why == Gap.Why.UNREACHABLE
                return Cause.UNREACHABLE if is_down else Cause.UNWATCHED
        return None


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
