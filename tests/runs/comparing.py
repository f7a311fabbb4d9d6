"""What the tests of comparisons share: two runs, and what is told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from runs.comparison import Comparison, Side, compare
from runs.models import Launch, Run, RunDetail, Workflow

BEGAN = datetime(2026, 11, 23, 12, tzinfo=UTC)


def side(**known: Any) -> Side:
    """A run of no agent, never saved, with this known of it."""
    launch = Launch(request=known.pop("sent")) if "sent" in known else None
    run = Run(run_id="wr_1", status="completed", phase=Run.Phase.COMPLETED, created_at=BEGAN)
    run.started_at = BEGAN + known.pop("waited", timedelta())
    run.finished_at = run.started_at + known.pop("ran", timedelta())
    return Side(run, RunDetail(run=run, **known), launch, known.get("outputs"))


def compared(here: dict[str, Any], there: dict[str, Any]) -> Comparison:
    return compare(side(**here), side(**there), now=BEGAN)


def told(part: Any) -> list[tuple[str, str | None, str | None, str]]:
    return [(row.name, row.here, row.there, row.verdict) for row in part.rows]


def block(label: str, status: str = "completed", seconds: float = 1, **more: Any) -> dict[str, Any]:
    children = more.pop("children", [])
    known = {"label": label, "status": status, "duration": seconds, **more}
    return {"type": "block", "block": known, "children": children}


def steps(*labels: str) -> dict[str, Any]:
    """A timeline, which upstream tells newest first."""
    return {"timeline": [block(label) for label in labels[::-1]]}


def loop(statuses: list[str]) -> dict[str, Any]:
    children = [
        block("read", status, current_index=index, current_value=f"shop {index}")
        for index, status in enumerate(statuses)
    ]
    return {"timeline": [block("each", block_type="for_loop", children=children)]}


# What differs -------------------------------------------------------------------------------------


def worst_pair() -> tuple[Run, Run]:
    """A failed run and the good one before it, of one agent; the details of neither are known."""
    agent = Workflow.objects.create(wpid="wpid_1", title="Invoices")
    good = made("wr_good", 1, workflow=agent)
    return made("wr_bad", 2, workflow=agent, status="failed"), good


def made(run_id: str, minute: int, **columns: Any) -> Run:
    """A run of that minute that somebody has just looked at, so that nothing asks for it."""
    now = timezone.now()
    status = columns.setdefault("status", "completed")
    times = dict.fromkeys(("seen_at", "changed_at", "watched_at"), now)
    created = BEGAN + timedelta(minutes=minute)
    return Run.objects.create(run_id=run_id, phase=status, created_at=created, **times, **columns)


def read(run: Run, **known: Any) -> None:
    RunDetail.objects.create(run=run, fetched_at=timezone.now(), **known)


def page(client: Client, run: Run, **query: str) -> str:
    answer = client.get(f"/runs/{run.pk}/compare/", query)
    assert answer.status_code == 200
    return answer.text
