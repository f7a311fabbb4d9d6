"""Which other schedules start in the same minute, and which minutes are quieter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile

from django.db.models import Count

from schedules import cron
from schedules.models import Fire, FireQuerySet, Schedule
from schedules.moments import moment
from schedules.timing import Timing

AHEAD = timedelta(hours=26)
"""As far as the ledger is written ahead."""
MOST = 100
"""Fires that are asked for: of a day at a quarter of an hour, all."""
OFFERED = 3
APART = 5
"""Minutes between two that are offered."""


@dataclass(frozen=True)
class Crowd:
    """The fullest minute of its coming day; `quieter` are patterns to choose instead."""

    at: datetime
    others: int
    quieter: list[tuple[str, str]]
    """An expression, and the minute with how many start then: ":07, 1 other"."""

    @property
    def words(self) -> str:
        """When, by the clocks of the schedule's zone."""
        return moment(self.at)


def crowd_of(timing: Timing, now: datetime, own: str = "") -> Crowd | None:
    """Of the schedules in the ledger but its `own`; None where it starts alone."""
    until = now + AHEAD
    times = list(islice(takewhile(lambda at: at < until, timing.times(now)), MOST))
    others = Fire.objects.open().exclude(schedule_id=own)
    crowds = others.filter(due_at__in=times).values("due_at").annotate(many=Count("pk"))
    fullest = crowds.order_by("-many", "due_at").first()
    if fullest is None:
        return None
    at, many = fullest["due_at"], fullest["many"]
    local = at.astimezone(cron.load_zone(timing.zone_name))
    return Crowd(local, many, _quieter(timing, others, local, many))


def _quieter(
    timing: Timing, others: FireQuerySet, at: datetime, crowd: int
) -> list[tuple[str, str]]:
    """Only where one minute is written: then another can stand in its place."""
    if timing.kind != Schedule.Kind.CRON:
        return []
    pattern = cron.parse(timing.expression)
    if not pattern.minute.isdecimal():
        return []
    hour = at.replace(minute=0)
    started = others.filter(due_at__gte=hour, due_at__lt=hour + timedelta(hours=1))
    busy: Counter[int] = Counter()
    for due, many in started.order_by().values_list("due_at").annotate(many=Count("pk")):
        busy[(due - hour) // timedelta(minutes=1)] += many
    calm = sorted(
        (minute for minute in range(60) if busy[minute] < crowd),
        key=lambda minute: (busy[minute], abs(minute - at.minute), minute),
    )
    chosen: list[int] = []
    for minute in calm:
        if all(abs(minute - other) >= APART for other in [at.minute, *chosen]):
            chosen.append(minute)
    return [
        (str(replace(pattern, minute=str(minute))), _words(minute, busy[minute]))
        for minute in chosen[:OFFERED]
    ]


def _words(minute: int, others: int) -> str:
    return f":{minute:02}, {f'{others} other{"" if others == 1 else "s"}' if others else 'none'}"
