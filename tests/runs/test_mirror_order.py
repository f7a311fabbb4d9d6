"""Whatever order answers come in, a run ends up as the latest of them says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.skyvern import schema
from runs import mirror
from runs.models import Run

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> str:
    return (T0 + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def row(status: str, second: float, **more: Any) -> schema.WorkflowRun:
    """A row of the workflow-run list, changed `second` seconds after the start."""
    return schema.read(
        schema.WorkflowRun,
        {
            "workflow_run_id": "wr_1",
            "workflow_permanent_id": "wpid_1",
            "workflow_title": "Invoice download",
            "status": status,
            "attempt": 1,
            "retry_pending": False,
            "created_at": at(0),
            "modified_at": at(second),
            **more,
        },
    )


def item(status: str, **more: Any) -> schema.RunListItem:
    """A row of the other list, which has no `modified_at`."""
    told = {"run_id": "wr_1", "status": status, "attempt": 1, "created_at": at(0), **more}
    return schema.read(schema.RunListItem, told)


def save(*answers: schema.WorkflowRun | schema.RunListItem, later: float = 60) -> Run:
    for answer in answers:
        if isinstance(answer, schema.WorkflowRun):
            mirror.save_runs([answer], seen_at=T0 + timedelta(seconds=later))
        else:
            mirror.save_run_list([answer], seen_at=T0 + timedelta(seconds=later))
    return Run.objects.get(pk="wr_1")


def test_a_late_answer_never_overwrites_a_newer_one() -> None:
    assert save(row("paused", 9), row("running", 5)).status == "paused"


def test_an_older_final_answer_does_not_overwrite_a_newer_final_one() -> None:
    assert save(row("completed", 9), row("canceled", 5)).status == "completed"


def test_a_final_status_never_goes_back_to_live() -> None:
    run = save(row("completed", 5), row("running", 9))
    assert (run.status, run.phase) == ("completed", Run.Phase.COMPLETED)


def test_a_pending_retry_keeps_a_failed_run_live_and_its_next_attempt_takes_over() -> None:
    failed = row("failed", 5, retry_pending=True, next_attempt_at=at(9), finished_at=at(5))
    assert save(failed).phase == Run.Phase.LIVE
    again = row("running", 10, attempt=2)
    assert save(again).attempt == 2
    assert save(failed).status == "running"


def test_a_retry_that_is_decided_after_the_failure_was_seen_brings_the_run_back() -> None:
    assert save(row("failed", 5)).phase == Run.Phase.FAILED
    assert save(row("failed", 6, retry_pending=True)).phase == Run.Phase.LIVE
    assert save(row("running", 7, attempt=2)).phase == Run.Phase.LIVE


def test_progress_counts_even_if_the_servers_clock_was_set_back() -> None:
    assert save(row("running", 3600), row("completed", 5)).status == "completed"


def test_content_that_differs_at_the_same_moment_is_taken() -> None:
    run = save(row("failed", 5), row("failed", 5, webhook_failure_reason="410 Gone"))
    assert run.webhook_failure_reason == "410 Gone"


def test_an_answer_without_a_time_counts_only_if_it_is_further() -> None:
    assert save(row("running", 5), item("queued")).status == "running"
    assert save(item("completed")).status == "completed"
    assert save(row("running", 6)).status == "completed"


def test_a_list_that_tells_less_erases_nothing() -> None:
    full = row("failed", 5, failure_reason="No such page", workflow_schedule_id="wfs_1")
    run = save(full, item("failed", title="Another title"))
    assert (run.failure_reason, run.schedule_id) == ("No such page", "wfs_1")
    assert (run.title, run.raw["failure_reason"]) == ("Invoice download", "No such page")


def test_an_older_server_that_tells_nothing_of_attempts_changes_none() -> None:
    save(row("failed", 5, attempt=2))
    assert save(row("failed", 6, attempt=None, retry_pending=None)).attempt == 2


def life(attempts: int, ending: str, pauses: int) -> list[schema.WorkflowRun]:
    """All answers about one run, in the order in which they are true."""
    told: list[schema.WorkflowRun] = []

    def add(status: str, **more: Any) -> None:
        told.append(row(status, len(told) + 1, **more))

    for attempt in range(1, attempts + 1):
        add("created", attempt=attempt)
        add("queued", attempt=attempt)
        for _ in range(pauses):
            add("running", attempt=attempt)
            add("paused", attempt=attempt)
        add("running", attempt=attempt)
        last = attempt == attempts
        finished = {"finished_at": at(len(told) + 1), "attempt": attempt}
        add(ending if last else "failed", retry_pending=not last, **finished)
    return told


ENDINGS = st.sampled_from(["completed", "failed", "terminated", "timed_out", "canceled"])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(data=st.data(), attempts=st.integers(1, 3), ending=ENDINGS, pauses=st.integers(0, 2))
def test_any_order_and_any_repetition_of_answers_gives_the_last_state(
    data: st.DataObject, attempts: int, ending: str, pauses: int
) -> None:
    Run.objects.all().delete()
    told = life(attempts, ending, pauses)
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=10))
    shuffled = data.draw(st.permutations([*told, *repeated]))
    furthest = (0, 0.0)
    for answer in shuffled:
        run = save(answer)
        assert run.modified_at is not None
        now = (run.attempt, (run.modified_at - T0).total_seconds())
        assert now >= furthest
        furthest = now
    run = Run.objects.get(pk="wr_1")
    assert (run.status, run.attempt, run.modified_at) == (
        ending,
        attempts,
        told[-1].modified_at,
    )
    assert run.is_final
