"""What did not fire because the schedule was paused, and which of it can still be run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from runs.models import Launch
from schedules.models import Fire, FireQuerySet, Pause, Schedule

MOST = 50
"""So many are offered, the newest."""
DROPPED = timedelta(hours=1)
"""A fire that was due so long before a pause may have been dropped by it."""
LATELY = timedelta(days=1)
State = Fire.State


@dataclass(frozen=True)
class Missed:
    """`fires`: the newest of `total` that can be run, newest first; `open`: asked for already."""

    fires: list[Fire]
    total: int
    open: int

    @property
    def last(self) -> Fire | None:
        return self.fires[0] if self.fires else None


def latest(schedule: Schedule) -> Pause | None:
    """The pause that goes on, or the one before."""
    return schedule.pauses.select_related("paused_by", "until_by").first()


def left(schedule: Schedule, now: datetime) -> int:
    """How many fires can still be run of a pause that ended LATELY, by itself perhaps."""
    ended = schedule.pauses.filter(end__gte=now - LATELY).first() if schedule.enabled else None
    return during(ended, now).total if ended else 0


def during(pause: Pause, now: datetime) -> Missed:
    """Those of the pause so far that nobody has run in their place."""
    fires = of_pause(pause, now).filter(made_up_by=None)
    waiting = _under_way(fires)
    able = fires.exclude(pk__in=waiting)
    return Missed(list(able[:MOST]), able.count(), len(waiting))


def of_pause(pause: Pause, now: datetime) -> FireQuerySet:
    """Newest first: skipped, dropped just before, and those of which that is not said yet."""
    until = min(pause.end or now, now)
    found = Fire.objects.filter(schedule=pause.schedule_id, due_at__lt=until, run=None)
    within = Q(due_at__gte=pause.begin, state__in=(State.SKIPPED, State.DUE))
    dropped = Q(due_at__gte=pause.begin - DROPPED, state=State.MISSED, cause=Fire.Cause.PAUSED)
    return found.filter(within | dropped)


def _under_way(fires: FireQuerySet) -> list[int]:
    """Fires whose run was asked for, and of which no answer has come."""
    asked: dict[UUID, int] = dict(
        fires.filter(make_up__isnull=False).values_list("make_up__nonce", "pk")
    )
    if not asked:
        return []
    unsure = (Launch.State.CLAIMED, Launch.State.UNKNOWN)
    found = Launch.objects.filter(pk__in=asked, state__in=unsure).values_list("pk", flat=True)
    return [asked[nonce] for nonce in found]
