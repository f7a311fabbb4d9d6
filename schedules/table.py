"""The table of schedules: which are asked for, and what a row tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import Q
from django.http import QueryDict

from runs.models import Run
from schedules.models import Pause, Schedule, ScheduleQuerySet, Vital

MARKS = 12
STATES = {
    "active": ("Active", Q(is_active=True)),
    "paused": ("Paused", Q(enabled=False)),
    "over": ("Over", Q(is_active=False, enabled=True)),
}
# Along its index for each, on either database, and without the time that Django takes to write so
# many conditions anew for each request.
_NEWEST_OF_ONE = """SELECT * FROM (
    SELECT run_id, schedule_id, status, created_at, place FROM runs_run
    WHERE schedule_id > '' AND schedule_id = %s ORDER BY place DESC LIMIT %s
) AS newest"""


@dataclass(frozen=True)
class Wanted:
    """The filters of the URL."""

    state: str = ""
    agent: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Wanted:
        given = {name: query.get(name, "").replace("\0", "").strip() for name in ("agent", "q")}
        state = query.get("state", "")
        return cls(state if state in STATES else "", given["agent"], given["q"])

    def apply(self, schedules: ScheduleQuerySet) -> ScheduleQuerySet:
        if self.state:
            schedules = schedules.filter(STATES[self.state][1])
        if self.agent:
            schedules = schedules.filter(workflow_id=self.agent)
        if self.text:
            schedules = schedules.filter(
                Q(name__icontains=self.text)
                | Q(workflow__title__icontains=self.text)
                | Q(cron_expression__icontains=self.text)
                | Q(schedule_id=self.text)
            )
        return schedules

    def __bool__(self) -> bool:
        return bool(self.state or self.agent or self.text)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """As a URL has them, without those that are not set."""
        given = (("state", self.state), ("agent", self.agent), ("q", self.text))
        return [(name, value) for name, value in given if value]


@dataclass(frozen=True)
class Line:
    """One row; `recent` are its newest runs, oldest first; `missed` fires are those of a day."""

    schedule: Schedule
    words: str
    next_at: datetime | None
    recent: list[Run]
    missed: int
    pause: Pause | None
    vital: Vital | None

    @property
    def last(self) -> Run | None:
        return self.recent[-1] if self.recent else None


def recent_runs(schedules: Collection[str]) -> dict[str, list[Run]]:
    """The newest MARKS runs of each of those, oldest first; one query."""
    found: defaultdict[str, list[Run]] = defaultdict(list)
    if schedules:
        given = [value for pk in schedules for value in (pk, MARKS)]
        for run in Run.objects.raw(" UNION ALL ".join([_NEWEST_OF_ONE] * len(schedules)), given):
            found[run.schedule_id].append(run)
    return {pk: sorted(runs, key=attrgetter("place")) for pk, runs in found.items()}
