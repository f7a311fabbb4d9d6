"""When something fires, as upstream tells it or as it is typed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from dashboard import clock
from schedules import cron
from schedules.models import Schedule

MOST = 30
"""Fires of the server that are looked at."""


@dataclass(frozen=True)
class Timing:
    """When something fires, saved or only typed so far. Times are aware."""

    kind: str
    zone_name: str = "UTC"
    expression: str = ""
    interval_seconds: int | None = None
    first_fire_at: datetime | None = None
    run_at: datetime | None = None

    @classmethod
    def of(cls, schedule: Schedule) -> Timing:
        return cls(
            schedule.kind,
            schedule.timezone,
            schedule.cron_expression,
            schedule.interval_seconds,
            schedule.first_fire_at,
            schedule.run_at,
        )

    @property
    def words(self) -> str:
        if self.kind == Schedule.Kind.CRON:
            return cron.describe(self.expression, clock.hours())
        if self.kind == Schedule.Kind.INTERVAL:
            return cron.describe_interval(self.interval_seconds or 0)
        return "Once"

    def fires(self, after: datetime, n: int) -> list[cron.Fire]:
        """The next `n` fires; CronError or ZoneError where they cannot be told."""
        zone = cron.load_zone(self.zone_name)
        if self.kind == Schedule.Kind.CRON:
            return cron.fires(cron.parse(self.expression), zone, after, n)
        return [cron.Fire(at, at.astimezone(zone)) for at in islice(self.times(after), n)]

    def times(self, after: datetime) -> Iterator[datetime]:
        """All fires after an instant, without an end where there is none; errors as of `fires`."""
        if self.kind == Schedule.Kind.CRON:
            return cron.times(cron.parse(self.expression), cron.load_zone(self.zone_name), after)
        if self.kind == Schedule.Kind.INTERVAL:
            return self._ticks(after)
        return iter([self.run_at] if self.run_at and self.run_at > after else [])

    def server_fires(self, after: datetime, until: datetime) -> list[datetime]:
        """What the server will start before `until`; only of cron can it differ from `fires`."""
        if self.kind != Schedule.Kind.CRON:
            found = self.times(after)
        else:
            zone = cron.load_zone(self.zone_name)
            found = cron.starts(cron.parse(self.expression), zone, after)
        return list(islice(takewhile(lambda at: at < until, found), MOST))

    def _ticks(self, after: datetime) -> Iterator[datetime]:
        if not self.interval_seconds:
            return
        step = timedelta(seconds=self.interval_seconds)
        first = self.first_fire_at or after + step
        passed = (after - first) // step + 1 if after >= first else 0
        yield from (first + step * tick for tick in itertools.count(passed))
