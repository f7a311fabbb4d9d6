"""Runs on the sandbox, followed by the refreshes as a worker does it."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import tasks
from runs.models import Run

LIMIT = 60


def start(sandbox: Sandbox, title: str, **parameters: object) -> str:
    request = schema.RunRequest(workflow_id=sandbox.agents[title], parameters=parameters)
    return connect().start(request).run_id


def calls_of(sandbox: Sandbox, task: Callable[[], None]) -> list[str]:
    """The paths that the task asked for."""
    before = len(sandbox.calls)
    task()
    return [path.split("?")[0] for _, path in sandbox.calls[before:]]


def follow(sandbox: Sandbox, run_id: str, until: Callable[[Run], bool], step: float = 5) -> Run:
    """Let time pass upstream, refreshing, until the mirrored run is as wanted."""
    for _ in range(LIMIT):
        tasks.refresh_newest()
        tasks.refresh_live()
        run = Run.objects.get(pk=run_id)
        if until(run):
            return run
        sandbox.advance(step)
    raise AssertionError(f"{run_id} is still {run.status}")
