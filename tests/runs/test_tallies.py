"""The hourly figures of each agent are what counting its runs would give, always."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.skyvern import schema
from runs import mirror
from runs.models import Run, Tally

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUSES = ("queued", "running", "completed", "failed", "canceled", "meditating")


def row(number: int, status: str, minute: int) -> schema.WorkflowRun:
    at = T0 + timedelta(minutes=45 * (number % 4))
    told: dict[str, Any] = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": f"wpid_{number % 2}",
        "workflow_title": "Invoice download",
        "status": status,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "modified_at": (at + timedelta(minutes=minute)).isoformat(),
    }
    if status in ("completed", "failed", "canceled"):
        told["finished_at"] = (at + timedelta(minutes=minute)).isoformat()
    return schema.read(schema.WorkflowRun, told)


def counted() -> Counter[tuple[str, datetime, str, str]]:
    found: Counter[tuple[str, datetime, str, str]] = Counter()
    for run in Run.objects.all():
        key = (run.workflow_id or "", run.created_at.replace(minute=0), run.phase)
        found[*key, "runs"] += 1
        found[*key, "ms"] += run.duration_ms or 0
    return +found


def told() -> Counter[tuple[str, datetime, str, str]]:
    found: Counter[tuple[str, datetime, str, str]] = Counter()
    for tally in Tally.objects.all():
        assert tally.runs >= 0
        found[tally.workflow_id, tally.hour, tally.phase, "runs"] = tally.runs
        found[tally.workflow_id, tally.hour, tally.phase, "ms"] = tally.duration_ms
    return +found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 7), st.sampled_from(STATUSES), st.integers(0, 90))),
        max_size=5,
    )
)
def test_figures_follow_whatever_is_told_of_runs(answers: list[list[tuple[int, str, int]]]) -> None:
    Run.objects.all().delete()
    Tally.objects.all().delete()
    for step, answer in enumerate(answers):
        mirror.save_runs([row(*one) for one in answer], seen_at=T0 + timedelta(hours=step))
        assert told() == counted()


def test_a_run_that_upstream_lost_moves_to_another_figure() -> None:
    mirror.save_runs([row(0, "running", 1)], seen_at=T0)
    mirror.mark_missing("wr_0", T0)
    assert told() == counted()
    assert [tally.phase for tally in Tally.objects.filter(runs__gt=0)] == ["other"]
