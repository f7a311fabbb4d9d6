"""What the tests of the overview share: runs and schedules to show, and how the page is read."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from dashboard.skyvern.schema import WorkflowRun
from dashboard.skyvern.schema import read as parsed
from runs import mirror
from runs.models import Workflow
from schedules.models import Schedule

NOW = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
GONE = re.compile(r"<[^>]+>")


def told(number: int, ago: timedelta, status: str = "completed", **more: Any) -> WorkflowRun:
    """What Skyvern tells of a run of "Agent 1", created so long ago."""
    at = timezone.now() - ago
    row = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Agent 1",
        "status": status,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "modified_at": at.isoformat(),
        "finished_at": None if status == "running" else (at + timedelta(seconds=9)).isoformat(),
    }
    return parsed(WorkflowRun, row | more)


def mirrored(*found: WorkflowRun) -> None:
    mirror.save_runs(found, seen_at=timezone.now())


def of_agent(number: int) -> dict[str, str]:
    return {"workflow_permanent_id": f"wpid_{number}", "workflow_title": f"Agent {number}"}


def shown(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


def words(page: str) -> str:
    """What a person reads."""
    return " ".join(html.unescape(GONE.sub(" ", page)).split())


def card(page: str, name: str) -> str:
    return page.partition(f'<section class="card {name}"')[2].partition("</section>")[0]


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def schedule(number: int, name: str, ahead: timedelta, **more: Any) -> Schedule:
    now = timezone.now()
    workflow, _ = Workflow.objects.get_or_create(wpid="wpid_1", defaults={"seen_at": now})
    fields = {"next_run_at": now + ahead, "cron_expression": "0 0 1 1 *"} | more
    return Schedule.objects.create(
        schedule_id=f"wfs_{number}",
        name=name,
        workflow=workflow,
        seen_at=now,
        changed_at=now,
        **fields,
    )
