"""Which fires are asked for, as the address of a page says it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from schedules import cron
from schedules.models import Fire, FireQuerySet, Schedule

STATES = [(value, name) for value, name in Fire.State.choices if value != Fire.State.DUE]
OUTCOMES = [(value, name) for value, name in Fire.Outcome.choices if value]
CAUSES = [(value, name) for value, name in Fire.Cause.choices if value]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """Empty fields ask for all; what no fire can be is not asked for."""

    state: str = ""
    outcome: str = ""
    cause: str = ""
    agent: str = ""
    day: date | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        return cls(
            _one_of(STATES, query.get("state", "")),
            _one_of(OUTCOMES, query.get("outcome", "")),
            _one_of(CAUSES, query.get("cause", "")),
            query.get("agent", "").replace("\0", "")[:128],
            _day(query.get("day", "")),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def query(self) -> str:
        """What `read` reads."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return urlencode({name: value for name, value in given.items() if value})

    def apply(self, fires: FireQuerySet, zone: ZoneInfo) -> FireQuerySet:
        """Those that are settled; the day is one by the clocks of that zone."""
        fires = fires.of_state(self.state) if self.state else fires.settled()
        if self.outcome:
            fires = fires.of_outcome(self.outcome)
        if self.cause:
            # the second says what the index over causes holds
            fires = fires.filter(cause=self.cause, cause__gt="")
        if self.day:
            begin, end = bounds(self.day, zone)
            fires = fires.filter(due_at__gte=begin, due_at__lt=end)
        return fires

    def of_agent(self) -> list[str] | None:
        """The schedules of the agent, deleted ones too; None where any will do."""
        if not self.agent:
            return None
        return list(Schedule.objects.filter(workflow=self.agent).values_list("pk", flat=True))


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Its begin and its end; days on which clocks change are longer or shorter."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + DAY, time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def zone_of(schedule: Schedule) -> ZoneInfo:
    """UTC where its own is none that we know."""
    try:
        return cron.load_zone(schedule.timezone)
    except cron.ZoneError:
        return ZoneInfo("UTC")


def _one_of(choices: list[tuple[str, str]], value: str) -> str:
    return value if value in dict(choices) else ""


def _day(text: str) -> date | None:
    """None for what is no day, or so far away that no fire can be on it."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 < found.year < 9000 else None
