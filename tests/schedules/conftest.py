"""A mirrored sandbox, and what the tests of schedules do again and again."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from dashboard.audit import SYSTEM
from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from runs.mirror import save_runs, save_workflows
from runs.models import Workflow
from schedules import actions
from schedules.mirror import save_schedules
from schedules.models import Fire, Pause, Schedule
from tests.schedules.pausing import HOUR, fire

type Mirror = Callable[[], None]
type Agent = Callable[[str], Workflow]


@pytest.fixture
def mirror(db: None, sandbox: Sandbox) -> Mirror:
    """`mirror()` reads all of the sandbox into the database; it has been called once."""

    def read() -> None:
        now, client = timezone.now(), connect()
        save_workflows(client.workflows(), seen_at=now)
        save_runs(client.workflow_runs(page_size=100), seen_at=now)
        save_schedules(client.schedules().schedules, seen_at=now)

    read()
    return read


@pytest.fixture
def agent(mirror: Mirror) -> Agent:
    """`agent("Slow crawl")`: that workflow, mirrored."""
    return lambda title: Workflow.objects.get(title=title)


@pytest.fixture
def typed() -> Callable[..., dict[str, Any]]:
    """`typed(agent, cron="0 9 * * *")`: what the create form sends of that agent."""

    def fill(agent: Workflow, **given: Any) -> dict[str, Any]:
        return {
            "agent": agent.wpid,
            "nonce": str(uuid4()),
            "kind": "cron",
            "cron": "0 9 * * 1-5",
            "timezone": "Europe/Berlin",
            "name": "Every morning",
            "description": "",
            "enabled": "on",
            **given,
        }

    return fill


@pytest.fixture
def upstream(sandbox: Sandbox) -> Callable[[Schedule], Any]:
    """`upstream(schedule)`: the schedule as the server has it now."""
    return lambda schedule: connect().schedule(schedule.workflow_id, schedule.pk).schedule


@pytest.fixture
def paused(mirror: Mirror) -> Schedule:
    """Since ten hours ago, with three fires in that time: one is not settled yet."""
    schedule = actions.pause(
        Schedule.objects.get(name="Prices, every four hours"), reason="Why", actor=SYSTEM
    )
    Pause.objects.update(begin=timezone.now() - 10 * HOUR)
    fire(schedule, 20)
    for hours in (8, 4):
        fire(schedule, hours)
    fire(schedule, 0, Fire.State.DUE)
    return schedule
