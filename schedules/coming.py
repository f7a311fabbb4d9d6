"""The fires of the coming day: the next one as the server says it, then by our own reckoning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from django.db.models import Exists, F, Q

from schedules import cron
from schedules.models import Schedule
from schedules.outlook import off_notes
from schedules.timing import Timing

DAY = timedelta(hours=24)
READ = 500
TIMED_BY = (
    *("kind", "cron_expression", "timezone"),
    *("interval_seconds", "first_fire_at", "run_at"),
)
MOST = 400
"""Fires of one schedule that are looked for; a day has 288 at the quickest pace there is."""


@dataclass(frozen=True)
class Coming:
    """A schedule (its name and timing only) and when it fires, soonest first; at least once."""

    schedule: Schedule
    fires: tuple[datetime, ...]


def coming(now: datetime) -> list[Coming]:
    """Of the READ schedules that fire first; none where the server has them switched off."""
    untold = Q(next_run_at=None) | Q(next_run_at__lt=now)
    found = (
        Schedule.objects.active()
        .filter(untold | Q(next_run_at__lt=now + DAY))
        .exclude(Exists(off_notes()))
        .order_by(F("next_run_at").asc(nulls_last=True), "pk")
        .only(*TIMED_BY, "name", "workflow_id", "next_run_at")[:READ]
    )
    every = [Coming(schedule, _within_the_day(schedule, now)) for schedule in found]
    return sorted((one for one in every if one.fires), key=lambda one: one.fires[0])


def _within_the_day(schedule: Schedule, now: datetime) -> tuple[datetime, ...]:
    told, timing = schedule.next_run_at, Timing.of(schedule)
    if told is not None and told >= now:
        fires = (told, *_following(timing, told))
    elif timing.kind == Schedule.Kind.INTERVAL and timing.first_fire_at is None:
        fires = ()  # nobody has said what its intervals are counted from
    else:
        fires = _following(timing, now.replace(minute=0, second=0, microsecond=0))
    return tuple(at for at in fires if now <= at < now + DAY)


@lru_cache(maxsize=1024)
def _following(timing: Timing, after: datetime) -> tuple[datetime, ...]:
    """What fires within 25 hours after that. Kept, as it is asked for at each look at the page."""
    until = after + DAY + timedelta(hours=1)
    try:
        return tuple(islice(takewhile(lambda at: at < until, timing.times(after)), MOST))
    except (cron.CronError, cron.ZoneError):
        return ()
