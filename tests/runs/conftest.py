"""Runs that really happened, in the sandbox, and are mirrored."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dashboard import feeds, stores
from dashboard.audit import Actor
from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import mirror
from runs.actions.jobs import create_launches
from runs.models import Job, Run, Workflow
from runs.tasks import refresh_newest, refresh_run, refresh_workflows
from runs.tasks.keeping import identity

Play = Callable[..., Run]


@pytest.fixture
def play(db: None, sandbox: Sandbox) -> Play:
    """`play("Slow crawl", seconds=3)`: starts it, lets time pass, mirrors what is known then."""
    return partial(played, sandbox)


def played(sandbox: Sandbox, title: str, *, seconds: float = 60, **parameters: Any) -> Run:
    wpid = sandbox.agents[title]
    with suppress(errors.Unsupported):
        _pause_all()  # one may be due in the time that is played
    with suppress(errors.Rejected):  # that leaves a failed run, too
        connect().start(RunRequest(workflow_id=wpid, parameters=parameters))
    sandbox.advance(seconds)
    refresh_workflows()
    refresh_newest()
    run = Run.objects.filter(workflow=wpid).newest()[0]
    refresh_run(run.run_id)
    run.refresh_from_db()
    return run


def _pause_all() -> None:
    server = connect()
    for one in server.schedules().schedules:
        if one.enabled and one.cron_expression and one.workflow_permanent_id:
            server.disable_schedule(one.workflow_permanent_id, one.workflow_schedule_id)


@pytest.fixture
def odd(sandbox: Sandbox) -> str:
    """The title of the agent whose every text is hostile."""
    return next(title for title in sandbox.agents if title.startswith("Odd names"))


@pytest.fixture
def agents(sandbox: Sandbox) -> dict[str, Workflow]:
    """The sandbox's agents in the mirror, by title."""
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    return {workflow.title: workflow for workflow in Workflow.objects.all()}


@pytest.fixture
def every_type(agents: dict[str, Workflow]) -> Workflow:
    return agents["Every parameter type"]


@pytest.fixture
def clock(settings: Settings) -> Iterator[time_machine.Traveller]:
    """One for Skydeck and the sandbox, which stands still: so nobody could wait for a turn."""
    settings.SKYVERN_RATE = 0
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False) as found:
        yield found


@pytest.fixture
def actor(person: Callable[[str], User]) -> Actor:
    return Actor(person("operator"), "operator", "10.0.0.1")


@pytest.fixture
def launches(clock: object, actor: Actor, every_type: Workflow) -> Callable[..., Job]:
    """`launches("Ada", "Grace", at_once=2)`: a job with a row for each customer."""

    def create(*customers: str, at_once: int = 20, **request: Any) -> Job:
        rows = [{"customer": customer} if customer else {} for customer in customers]
        common: dict[str, Any] = {"request": request, "at_once": at_once, "actor": actor}
        return create_launches(every_type, rows, digest="0" * 64, **common)

    return create


@pytest.fixture
def evidence(db: None, settings: Settings, tmp_path: Path) -> Path:
    """A folder in which files of all runs are kept once they have ended."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    settings.EVIDENCE_STORE, settings.EVIDENCE_KEEP = str(folder), "all"
    settings.STORAGES = {**settings.STORAGES, "evidence": stores.folder(str(folder))}
    settle_store()
    return folder


def settle_store() -> None:
    """As the first tidying of a store does."""
    with feeds.claim("evidence", asks_api=False) as held:
        assert held is not None
        identity.settle(held)
