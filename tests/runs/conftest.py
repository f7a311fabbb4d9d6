"""Runs that really happened, in the sandbox, and are mirrored."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import mirror
from runs.models import Run, Workflow
from runs.tasks import refresh_newest, refresh_run, refresh_workflows

Play = Callable[..., Run]


@pytest.fixture
def play(db: None, sandbox: Sandbox) -> Play:
    """`play("Slow crawl", seconds=3)`: starts it, lets time pass, mirrors what is known then."""

    def start(title: str, *, seconds: float = 60, **parameters: Any) -> Run:
        wpid = sandbox.agents[title]
        with suppress(errors.Rejected):  # that leaves a failed run, too
            connect().start(RunRequest(workflow_id=wpid, parameters=parameters))
        sandbox.advance(seconds)
        refresh_workflows()
        refresh_newest()
        run = Run.objects.filter(workflow=wpid).newest()[0]
        refresh_run(run.run_id)
        run.refresh_from_db()
        return run

    return start


@pytest.fixture
def odd(sandbox: Sandbox) -> str:
    """The title of the agent whose every text is hostile."""
    return next(title for title in sandbox.agents if title.startswith("Odd names"))


@pytest.fixture
def agents(sandbox: Sandbox) -> dict[str, Workflow]:
    """The sandbox's agents in the mirror, by title."""
    cache.clear()
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    return {workflow.title: workflow for workflow in Workflow.objects.all()}


@pytest.fixture
def every_type(agents: dict[str, Workflow]) -> Workflow:
    return agents["Every parameter type"]
