"""The hourly figures of each agent are what counting its runs would give, always."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.models import Revision
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
        "workflow_permanent_id": (f"wpid_{number % 2}", None)[number == 7],
        "workflow_title": "Invoice download",
        "status": status,
        "created_at": at.isoformat(),
        "started_at": at.isoformat() if number != 6 else None,
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
        found[*key, "timed"] += run.duration_ms is not None
        found[*key, "ms"] += run.duration_ms or 0
    return +found


def told() -> Counter[tuple[str, datetime, str, str]]:
    found: Counter[tuple[str, datetime, str, str]] = Counter()
    for tally in Tally.objects.all():
        assert tally.runs > 0, "a figure of nothing is no row"
        key = (tally.workflow_id, tally.hour, tally.phase)
        found[*key, "runs"] = tally.runs
        found[*key, "timed"] = tally.timed
        found[*key, "ms"] = tally.duration_ms
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


def test_a_run_whose_agent_becomes_known_moves_to_that_agent() -> None:
    mirror.save_runs([row(7, "running", 1)], seen_at=T0)
    assert [tally.workflow_id for tally in Tally.objects.all()] == [""]
    named = msgspec.structs.replace(row(7, "completed", 2), workflow_permanent_id="wpid_9")
    mirror.save_runs([named], seen_at=T0)
    assert told() == counted()
    assert [tally.workflow_id for tally in Tally.objects.all()] == ["wpid_9"]


def test_counting_anew_mends_whatever_was_done_past_the_mirror(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mirror.save_runs([row(number, "completed", 9) for number in range(8)], seen_at=T0)
    Run.objects.filter(pk__in=["wr_1", "wr_3"]).delete()
    Run.objects.filter(pk="wr_2").update(phase="failed", duration_ms=None)
    Tally.objects.filter(hour=T0).update(runs=99)
    shown = Revision.of("runs")
    call_command("rebuild_tallies")
    assert told() == counted()
    assert (
        capsys.readouterr().out == f"{Tally.objects.count()} hourly figures counted from the runs\n"
    )
    assert Revision.of("runs") != shown
    mirror.save_runs([row(2, "failed", 80)], seen_at=T0)
    assert told() == counted()
