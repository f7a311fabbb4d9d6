"""Runs with Skyvern's own Python: what its server says and does at moments of our choice.

Reads questions as JSON from its standard input and writes the answers to the file it is given.
Everything that decides is Skyvern's; only the clock, the database and the run itself are ours.
"""

import asyncio
import datetime as real
import json
import sys
from types import SimpleNamespace
from typing import Any

from skyvern.forge.sdk.schemas.workflow_schedules import WorkflowSchedule
from skyvern.forge.sdk.workflow import schedules
from skyvern.services import workflow_schedule_service as service

UTC = real.UTC
LONG_AGO = real.datetime(2020, 1, 1, tzinfo=UTC)


class Clock(real.datetime):
    """`datetime` as Skyvern's modules know it, stopped at `at`."""

    at = LONG_AGO

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> real.datetime:  # type: ignore[override]
        return cls.at.astimezone(tz)


class Runs:
    """The database, as far as the scheduler asks it."""

    def __init__(self, schedule: WorkflowSchedule) -> None:
        self.schedule = schedule
        self.created: dict[str, real.datetime] = {}
        """Run id → when, as its primary key makes it: at most once."""

    async def get_all_enabled_schedules(self) -> list[WorkflowSchedule]:
        return [self.schedule]

    async def has_schedule_fired_since(self, _: str, since: real.datetime) -> bool:
        return any(at >= since for at in self.created.values())


class Scheduler(service.LocalWorkflowScheduleScheduler):  # type: ignore[misc]
    """Skyvern's, whose runs take no time."""

    def __init__(self, runs: Runs) -> None:
        super().__init__(poll_interval_seconds=60, max_concurrent_runs=1)
        self.runs = runs

    async def _run_schedule(self, due: service.DueWorkflowSchedule) -> None:
        schedule_id = due.schedule.workflow_schedule_id
        run_id = service.build_scheduled_workflow_run_id(schedule_id, due.previous_fire_time)
        self.runs.created.setdefault(run_id, Clock.at)


def listed(expression: str, zone: str, at: str) -> list[str] | str:
    """What the API answers as `next_runs`, or why it does not."""
    Clock.at = real.datetime.fromisoformat(at)
    try:
        schedules.validate_timezone_name(zone)
        schedules.validate_cron_expression(expression)
        found = schedules.calculate_next_runs(expression, zone, schedules.NEXT_RUNS_COUNT)
    except ValueError as exc:
        return str(exc)
    return [moment.isoformat() for moment in found]


async def fired(expression: str, zone: str, begin: str, until: str) -> list[str]:
    """The minutes at which the scheduler starts runs, polling a second after each full minute."""
    at = real.datetime.fromisoformat(begin)
    times = {"created_at": LONG_AGO, "modified_at": LONG_AGO, "timezone": zone, "enabled": True}
    ids = {"organization_id": "o", "workflow_permanent_id": "w", "workflow_schedule_id": "s"}
    runs = Runs(WorkflowSchedule(cron_expression=expression, **ids, **times))
    service.app = SimpleNamespace(DATABASE=SimpleNamespace(schedules=runs))
    scheduler = Scheduler(runs)
    Clock.at = at + real.timedelta(seconds=1)
    # the last fire before we look is done, as soon as it was due
    last = schedules.compute_previous_fire_time(expression, zone)
    run_id = service.build_scheduled_workflow_run_id("s", last)
    runs.created[run_id] = min(last, at)
    while (at := at + real.timedelta(minutes=1)) < real.datetime.fromisoformat(until):
        Clock.at = at + real.timedelta(seconds=1)
        await asyncio.gather(*await scheduler.dispatch_due_schedules())
    started = list(runs.created.values())[1:]
    return [moment.replace(second=0).isoformat() for moment in started]


async def main() -> None:
    schedules.datetime = service.datetime = Clock
    asked: dict[str, Any] = json.load(sys.stdin)
    answers = {
        "listed": [listed(*question) for question in asked["listed"]],
        "fired": [await fired(*question) for question in asked["fired"]],
    }
    with open(sys.argv[1], "w") as file:
        json.dump(answers, file)


asyncio.run(main())
