"""What the tests of launch jobs share: rows of customers, and what became of them."""

from __future__ import annotations

from collections.abc import Callable

import time_machine

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import tasks
from runs.models import Job
from runs.tasks.jobs.unknown import APART
from runs.tasks.launches import AFTER
from tests.runs.lost import AGENT

type Make = Callable[..., Job]

POST = "/v1/run/agents"


def states(job: Job) -> list[str]:
    return list(job.items.order_by("number").values_list("state", flat=True))


def upstream(sandbox: Sandbox) -> list[schema.WorkflowRun]:
    wpid = sandbox.agents[AGENT]
    return connect().runs_of_workflow(wpid, page_size=1000)


def customers(sandbox: Sandbox) -> list[str]:
    """Of the runs that there are upstream, in alphabetical order."""
    given = [connect().workflow_run(row.workflow_run_id).parameters for row in upstream(sandbox)]
    return sorted(one["customer"] for one in given if one)


def is_over(job: Job) -> bool:
    job.refresh_from_db()
    return job.is_over


def search(clock: time_machine.Traveller) -> None:
    """Let the time pass in which a run could appear, looking for it."""
    tasks.settle_launches()
    tasks.work_jobs()
    clock.shift(AFTER)
    tasks.settle_launches()
    tasks.work_jobs()
    clock.shift(APART)
