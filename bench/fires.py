"""Made-up schedules, the ledger of their past, and a day in which they fire and it is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import batched
from typing import TYPE_CHECKING, Any

import psutil

from bench.web import save

if TYPE_CHECKING:
    from dashboard.skyvern.schema import Schedule, WorkflowRun
    from schedules.models import Fire

AGENTS = 40
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATTERNS = (
    (2, "*/5 * * * *", 5 * MINUTE),
    (5, "{half},{other} * * * *", 30 * MINUTE),
    (18, "{minute} * * * *", HOUR),
    (10, "{minute} */4 * * *", 4 * HOUR),
    (40, "{minute} {hour} * * *", DAY),
    (15, "{minute} {hour} * * 1-5", DAY),
    (10, "{minute} {hour} * * {weekday}", 7 * DAY),
)
"""Of a hundred schedules so many fire so, which is so often; one fires thirteen times a day."""
WITH_RUN = 25
"""Of the past, so many of the last fires of each schedule have a run in the mirror."""
CHUNK = 2000


def schedule_id(number: int) -> str:
    return f"wfs_{number:06}"


def schedule(number: int, begun: datetime) -> Schedule:
    """Schedule `number`, which has not changed since `begun`."""
    from dashboard.skyvern.schema import Schedule, read
    from schedules import cron

    pattern, _ = _pattern(number)
    minute = number * 7919 % 60
    words = {"minute": minute, "half": minute % 30, "other": minute % 30 + 30}
    expression = pattern.format(**words, hour=number * 31 % 24, weekday=number % 7)
    zone = cron.load_zone(ZONES[number % len(ZONES)])
    told = {
        "workflow_schedule_id": schedule_id(number),
        "workflow_permanent_id": f"wpid_{number % AGENTS}",
        "workflow_title": f"Download the invoices of supplier {number % AGENTS}",
        "name": f"Invoices of account {number}",
        "cron_expression": expression,
        "timezone": zone.key,
        "enabled": True,
        "next_run": cron.server_list(cron.parse(expression), zone, begun, 1)[0].isoformat(),
        "created_at": begun.isoformat(),
        "modified_at": begun.isoformat(),
    }
    return read(Schedule, told)


def _pattern(number: int) -> tuple[str, timedelta]:
    place = number * 37 % 100
    for share, pattern, each in PATTERNS:
        if place < share:
            return pattern, each
        place -= share
    raise AssertionError


def past(schedules: int, rows: int, begun: datetime) -> Iterator[list[Fire]]:
    """Settled fires of before `begun`, oldest first, so that those of one schedule lie apart."""
    numbers = (
        (age, number) for age in range(rows // schedules, 0, -1) for number in range(schedules)
    )
    for some in batched(numbers, CHUNK):
        yield [_settled(number, age, begun) for age, number in some]


def _settled(number: int, age: int, begun: datetime) -> Fire:
    from schedules.ledger.matching import run_id_of
    from schedules.models import Fire

    due, chance = _due(number, age, begun), (number * 31 + age) % 100
    fire = Fire(schedule_id=schedule_id(number), due_at=due, settled_at=due + 20 * MINUTE / 60)
    if chance < 2:
        fire.state, fire.cause = Fire.State.MISSED, Fire.Cause.UNKNOWN
        return fire
    late = 300 if chance < 4 else 5 + chance % 40
    fire.state = Fire.State.LATE if chance < 4 else Fire.State.ON_TIME
    fire.late_seconds = late
    fire.outcome = Fire.Outcome.FAILED if chance > 89 else Fire.Outcome.SUCCEEDED
    if age <= WITH_RUN:
        fire.run_id = run_id_of(fire.schedule_id, due)
    return fire


def _due(number: int, age: int, begun: datetime) -> datetime:
    _, each = _pattern(number)
    return begun - age * each + (number * 7919 % 60) % (each / MINUTE) * MINUTE


def past_runs(schedules: int, rows: int, begun: datetime) -> Iterator[list[WorkflowRun]]:
    """Those of the fires that have one."""
    ages = range(min(WITH_RUN, rows // schedules), 0, -1)
    numbers = ((age, number) for age in ages for number in range(schedules))
    for some in batched(numbers, CHUNK):
        fires = [_settled(number, age, begun) for age, number in some]
        yield [
            run(fire.schedule_id, fire.due_at, fire.late_seconds or 0, status=_status(fire))
            for fire in fires
            if fire.run_id
        ]


def _status(fire: Fire) -> str:
    return "failed" if fire.outcome == "failed" else "completed"


def run(schedule: str, due: datetime, late: int, *, status: str) -> WorkflowRun:
    """The run that the server starts `late` seconds after a fire; it takes half a minute."""
    from dashboard.skyvern.schema import WorkflowRun, read
    from schedules.ledger.matching import run_id_of

    created = due + timedelta(seconds=late)
    agent = int(schedule.removeprefix("wfs_")) % AGENTS
    is_over = status != "running"
    told = {
        "workflow_run_id": run_id_of(schedule, due),
        "workflow_permanent_id": f"wpid_{agent}",
        "workflow_title": f"Download the invoices of supplier {agent}",
        "status": status,
        "failure_reason": "The page did not show the invoices." if status == "failed" else None,
        "trigger_type": "scheduled",
        "workflow_schedule_id": schedule,
        "created_at": created.isoformat(),
        "started_at": created.isoformat(),
        "finished_at": (created + MINUTE / 2).isoformat() if is_over else None,
        "modified_at": (created + MINUTE / 2 * is_over).isoformat(),
    }
    return read(WorkflowRun, told)


@dataclass
class Core:
    """Seconds that one core has spent on what it is entered for, the database's part included."""

    seconds: float = 0.0
    of_server: float = 0.0
    """Those of them that a database server spent, in a process of its own."""
    server: psutil.Process | None = None

    @classmethod
    def here(cls) -> Core:
        from django.db import connection

        connection.ensure_connection()
        is_server = connection.vendor == "postgresql"
        pid = connection.connection.info.backend_pid if is_server else None
        return cls(server=psutil.Process(pid) if pid else None)

    @contextmanager
    def spending(self) -> Iterator[None]:
        own, theirs = time.process_time(), self._of_server()
        yield
        own, theirs = time.process_time() - own, self._of_server() - theirs
        self.seconds += own + theirs
        self.of_server += theirs

    def _of_server(self) -> float:
        if self.server is None:
            return 0.0
        spent = self.server.cpu_times()
        return float(spent.user + spent.system)


@dataclass
class Day:
    """Twenty-four hours from `begin` on, look by look; the mirror's part is not counted."""

    begin: datetime
    core: Core
    coming: list[tuple[datetime, str, datetime]] = field(default_factory=list)
    ending: list[tuple[datetime, str]] = field(default_factory=list)
    fires: int = 0

    def pass_by(self) -> dict[str, float]:
        from django.conf import settings

        step = timedelta(seconds=settings.LEDGER_LOOK_SECONDS)
        for number in range(1, DAY // step + 1):
            now = self.begin + number * step
            self._go_on(now, now - step)
            with self.core.spending():
                look(now)
        return {
            "fires_of_a_day": self.fires,
            "the_ledger_of_a_day_cpu_seconds": self.core.seconds,
            "of_them_those_of_a_database_server": self.core.of_server,
        }

    def _go_on(self, now: datetime, since: datetime) -> None:
        """Mirror what the server has done meanwhile: of five hundred fires one is ten minutes
        late, and one has no run."""
        from dashboard.models import Feed
        from schedules.models import Fire

        due = Fire.objects.open().filter(due_at__gt=since, due_at__lte=now)
        for pk, schedule, at in due.values_list("pk", "schedule_id", "due_at"):
            self.fires += 1
            if pk % 500:
                late = 10 * MINUTE if pk % 500 == 1 else MINUTE / 12
                heappush(self.coming, (at + late, schedule, at))
        begun = []
        while self.coming and self.coming[0][0] <= now:
            created, schedule, at = heappop(self.coming)
            begun.append(run(schedule, at, int((created - at).total_seconds()), status="running"))
            heappush(self.ending, (created + MINUTE / 2, begun[-1].workflow_run_id))
        save(begun)
        self._end(now)
        read = {"read_at": now.isoformat()}
        Feed.objects.update_or_create(pk="newest", defaults={"cursor": read})

    def _end(self, now: datetime) -> None:
        from runs.models import Run

        over = []
        while self.ending and self.ending[0][0] <= now - MINUTE:
            over.append(heappop(self.ending)[1])
        ended: dict[str, Any] = {"phase": Run.Phase.COMPLETED, "status": "completed"}
        for some in batched(over, 500):
            Run.objects.filter(pk__in=some).update(**ended, finished_at=now - MINUTE)


def look(now: datetime) -> None:
    """As the beat has it done."""
    import time_machine

    from schedules.tasks import keep_ledger

    with time_machine.travel(now, tick=False):
        keep_ledger()
