"""What is written of a run, and when nothing is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs import mirror
from runs.mirror.state import phase_of
from runs.models import Run, Workflow

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAIVE = "2026-11-23T11:59:00"


def row(number: int = 1, **more: Any) -> schema.WorkflowRun:
    told = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Invoice download",
        "status": "running",
        "created_at": NAIVE,
        "modified_at": NAIVE,
        **more,
    }
    return schema.read(schema.WorkflowRun, told)


def save(*rows: schema.WorkflowRun, seen_at: datetime = T0) -> set[str]:
    return mirror.save_runs(rows, seen_at=seen_at)


def first() -> Run:
    return Run.objects.get(pk="wr_1")


@pytest.mark.parametrize(
    ("status", "retry_pending", "finished", "phase"),
    [
        ("created", False, False, "live"),
        ("queued", False, False, "live"),
        ("running", False, False, "live"),
        ("paused", False, False, "live"),
        ("failed", True, True, "live"),
        ("failed", False, True, "failed"),
        ("terminated", False, True, "failed"),
        ("timed_out", False, True, "failed"),
        ("completed", False, True, "completed"),
        ("canceled", False, True, "canceled"),
        ("meditating", False, False, "live"),
        ("meditating", False, True, "other"),
    ],
)
def test_a_status_has_one_phase(
    status: str, retry_pending: bool, finished: bool, phase: str
) -> None:
    end = T0 if finished else None
    assert phase_of(status, retry_pending=retry_pending, finished_at=end) == phase


def test_saving_the_same_page_again_writes_nothing() -> None:
    rows = [row(number) for number in range(5)]
    assert len(save(*rows)) == 5
    before = Revision.of("runs", "workflows")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert save(*rows) == set()
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []
    assert len(queries) == 2
    assert Revision.of("runs", "workflows") == before


def test_only_what_changed_is_written_and_counted() -> None:
    save(row(1), row(2))
    changed = save(row(1), row(2, status="completed"), seen_at=T0 + timedelta(seconds=2))
    assert changed == {"wr_2"}
    assert first().changed_at == T0


def test_a_change_that_no_list_shows_moves_no_revision() -> None:
    save(row())
    before = Revision.of("runs")
    assert save(row(credits_used=7)) == {"wr_1"}
    assert Revision.of("runs") == before
    assert first().raw["credits_used"] == 7


def test_when_a_row_was_last_seen_is_noted_only_now_and_then() -> None:
    save(row())
    save(row(), seen_at=T0 + timedelta(minutes=9))
    assert first().seen_at == T0
    save(row(), seen_at=T0 + timedelta(minutes=11))
    assert first().seen_at == T0 + timedelta(minutes=11)


def test_a_row_seen_in_the_future_is_corrected_when_the_clock_is_set_back() -> None:
    save(row(), seen_at=T0 + timedelta(days=1))
    save(row(), seen_at=T0)
    assert first().seen_at == T0


def test_two_rows_of_one_run_in_one_page_are_one_run() -> None:
    assert save(row(), row(status="completed"), row()) == {"wr_1"}
    assert first().status == "completed"


def test_more_rows_than_a_chunk_are_all_written() -> None:
    assert len(save(*[row(number) for number in range(1001)])) == 1001
    assert Run.objects.count() == 1001


def test_a_run_of_an_unknown_workflow_makes_a_stub_that_cannot_be_launched() -> None:
    save(row())
    workflow = Workflow.objects.get(pk="wpid_1")
    assert (workflow.title, workflow.seen_at, workflow.can_launch) == (
        "Invoice download",
        None,
        False,
    )


def test_a_task_run_has_neither_workflow_nor_title() -> None:
    told = {"run_id": "tsk_1", "task_run_type": "task_v1", "status": "running", "title": None}
    mirror.save_run_list([schema.read(schema.RunListItem, told)], seen_at=T0)
    run = Run.objects.get(pk="tsk_1")
    assert (run.workflow, run.title, run.run_type, run.created_at) == (None, "", "task_v1", T0)


def test_a_scheduled_run_is_known_by_its_id_even_where_no_list_told_of_it() -> None:
    told = {"workflow_run_id": "wr_sched_0a", "workflow_id": "wpid_1", "status": "running"}
    rich = schema.read(schema.WorkflowRunDetail, told)
    mirror.save_answers(run=None, rich=rich, seen_at=T0)
    assert Run.objects.get(pk="wr_sched_0a").trigger_type == "scheduled"


def test_the_answer_to_a_start_is_a_run_with_its_workflows_title() -> None:
    Workflow.objects.create(wpid="wpid_1", title="Invoice download")
    told = {"run_id": "wr_1", "status": "created", "run_request": {"workflow_id": "wpid_1"}}
    run = mirror.save_run(schema.read(schema.Run, told), seen_at=T0)
    assert (run.title, run.workflow_id, run.is_live) == ("Invoice download", "wpid_1", True)


def test_the_surest_category_counts() -> None:
    odd: list[Any] = [
        "UNKNOWN",
        {"category": "PROXY_ERROR", "confidence_float": None},
        {"category": "AUTH_FAILURE", "confidence_float": 0.9},
        {"category": "LLM_ERROR", "confidence_float": 0.4},
        {"confidence_float": 1.0},
    ]
    save(row(status="failed", failure_category=odd))
    assert first().category == "AUTH_FAILURE"


def test_hostile_values_fit_their_columns() -> None:
    save(
        row(
            status="s" * 100,
            workflow_title="t\x00" * 600,
            failure_reason="\ud800broken\x00",
            attempt=2**40,
            max_elapsed_time_minutes=-5,
            started_at="0001-01-02T00:00:00",
            finished_at="9999-01-01T00:00:00",
            extra={"\x00key": ["a\x00b", {"deep": "\x00"}]},
        )
    )
    run = first()
    assert (len(run.status), len(run.title), run.failure_reason) == (40, 500, "broken")
    assert (run.attempt, run.max_elapsed_minutes) == (1, None)
    assert (run.started_at, run.finished_at) == (None, None)
    assert run.raw["extra"] == {"key": ["ab", {"deep": ""}]}


def test_an_id_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    assert save(row(workflow_run_id="x" * 129), row(workflow_run_id="")) == set()


def test_neither_header_secrets_nor_signatures_are_kept() -> None:
    link = "http://sky/v1/artifacts/a_1/content?expiry=1&kid=k&sig=secret"
    save(row(extra_http_headers={"Authorization": "Bearer secret"}, outputs={"shot": [link]}))
    raw = first().raw
    assert raw["extra_http_headers"] == {"Authorization": "•••"}
    assert raw["outputs"] == {"shot": ["http://sky/v1/artifacts/a_1/content"]}


def test_a_run_that_ends_is_due_for_its_detail_and_old_history_is_not() -> None:
    save(
        row(1),
        row(2, status="completed"),
        row(3, status="completed", created_at="2026-01-01T00:00:00"),
    )
    due = Run.objects.filter(detail_due=True)
    assert {run.pk for run in due} == {"wr_2"}
    save(row(1, status="failed"))
    assert {run.pk for run in due.all()} == {"wr_1", "wr_2"}


def test_a_missing_run_that_turns_up_again_is_back() -> None:
    save(row())
    mirror.mark_missing("wr_1", T0)
    assert (first().phase, first().missing_at) == ("other", T0)
    assert save(row(), seen_at=T0 + timedelta(seconds=5)) == {"wr_1"}
    assert (first().phase, first().missing_at) == ("live", None)


def test_a_late_answer_brings_a_missing_run_back_but_not_its_old_status() -> None:
    save(row(status="completed", modified_at="2026-11-23T11:59:30"))
    mirror.mark_missing("wr_1", T0)
    save(row(), seen_at=T0 + timedelta(seconds=5))
    assert (first().status, first().missing_at) == ("completed", None)


def test_a_status_of_nothing_is_unknown() -> None:
    save(row(status="\x00"))
    assert first().status == "unknown"


def test_a_change_clears_the_mark_of_a_stuck_run() -> None:
    save(row())
    Run.objects.update(stuck_at=T0)
    save(row(modified_at="2026-11-23T12:30:00", status="completed"))
    assert first().stuck_at is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
HOSTILE = st.fixed_dictionaries(
    {},
    optional={
        "status": st.text(),
        "workflow_title": st.text() | st.none(),
        "workflow_permanent_id": st.text(max_size=200) | st.none(),
        "failure_reason": st.text(st.characters()) | st.none(),
        "failure_category": st.lists(JSON, max_size=3) | st.none(),
        "attempt": st.integers(-(2**63), 2**63 - 1) | st.none(),
        "retry_pending": st.booleans() | st.none(),
        "max_elapsed_time_minutes": st.integers(-(2**63), 2**63 - 1) | st.none(),
        "created_at": st.datetimes().map(datetime.isoformat) | st.none(),
        "modified_at": st.datetimes().map(datetime.isoformat) | st.none(),
        "finished_at": st.datetimes().map(datetime.isoformat) | st.none(),
        "surprise": JSON,
    },
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(hostile=HOSTILE)
def test_no_answer_that_can_be_read_breaks_the_mirror(hostile: dict[str, Any]) -> None:
    Run.objects.all().delete()
    rows = [row(**hostile)]
    save(*rows)
    stored = first()
    assert save(*rows) == set()
    assert first().raw == stored.raw
