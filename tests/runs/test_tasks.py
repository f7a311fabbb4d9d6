"""The refreshes against the sandbox: what happens upstream arrives, and at what price."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard import feeds
from dashboard.connect import connect
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs import tasks
from runs.models import Run, Workflow
from tests.runs.following import calls_of, follow, start

pytestmark = pytest.mark.django_db


def test_no_call_is_made_while_no_run_is_live(sandbox: Sandbox) -> None:
    assert calls_of(sandbox, tasks.refresh_live) == []
    assert calls_of(sandbox, tasks.refresh_details) == []
    assert calls_of(sandbox, tasks.settle_launches) == []


def test_live_runs_cost_one_call_however_many_they_are(sandbox: Sandbox) -> None:
    for _ in range(12):
        start(sandbox, "Slow crawl")
    tasks.refresh_newest()
    assert Run.objects.live().count() == 12
    assert calls_of(sandbox, tasks.refresh_live) == ["/v1/workflows/runs"]


def test_a_run_that_ended_is_found_with_one_more_call(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Price feed")
    tasks.refresh_newest()
    assert Run.objects.get(pk=run_id).is_live
    sandbox.advance(600)
    assert calls_of(sandbox, tasks.refresh_live) == ["/v1/workflows/runs"] * 2
    assert Run.objects.get(pk=run_id).status == "completed"


def test_many_runs_that_end_at_once_are_all_found_at_once(sandbox: Sandbox) -> None:
    """A schedule of the sandbox may fire meanwhile: its runs do not count."""
    started = [start(sandbox, "Slow crawl") for _ in range(60)]
    started += [start(sandbox, "Price feed") for _ in range(120)]
    tasks.refresh_newest()
    tasks.walk_history()
    live = Run.objects.live().filter(pk__in=started)
    assert live.count() == 180
    sandbox.advance(24 * 3600)
    assert len(calls_of(sandbox, tasks.refresh_live)) <= 3
    assert not live.exists()


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Price feed", "completed"),
        ("Credential check", "failed"),
        ("Stock watch", "terminated"),
        ("Times out", "timed_out"),
    ],
)
def test_every_end_arrives(sandbox: Sandbox, title: str, status: str) -> None:
    run = follow(sandbox, start(sandbox, title), lambda run: run.is_final, step=120)
    assert run.status == status


def test_a_paused_run_arrives_as_paused_and_stays_live(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Approve a refund")
    run = follow(sandbox, run_id, lambda run: run.status == "paused")
    assert run.is_live


def test_a_canceled_run_arrives(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Slow crawl")
    follow(sandbox, run_id, lambda run: run.status == "running", step=1)
    connect().cancel(run_id)
    assert follow(sandbox, run_id, lambda run: run.is_final).status == "canceled"


def test_a_run_that_retries_itself_is_not_over_in_between(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Retries itself")
    between = follow(sandbox, run_id, lambda run: run.retry_pending, step=1)
    assert (between.status, between.is_live) == ("failed", True)
    again = follow(sandbox, run_id, lambda run: run.attempt == 2, step=1)
    assert again.is_live
    assert follow(sandbox, run_id, lambda run: run.is_final).attempt == 2


def test_a_run_that_failed_in_setup_is_there_with_its_reason(sandbox: Sandbox) -> None:
    sandbox_error: Exception | None = None
    try:
        start(sandbox, "Fails in setup")
    except Exception as exc:  # noqa: BLE001 - whatever it is, the row must be there
        sandbox_error = exc
    tasks.refresh_newest()
    run = Run.objects.get(workflow_id=sandbox.agents["Fails in setup"])
    assert run.failure_reason.startswith("Setup workflow failed"), sandbox_error
    tasks.refresh_details()
    assert run.detail.error == ""


def test_the_newest_walk_stops_where_nothing_is_new(sandbox: Sandbox) -> None:
    for _ in range(60):
        start(sandbox, "Price feed")
    assert calls_of(sandbox, tasks.refresh_newest).count("/v1/workflows/runs") == 2
    assert Run.objects.count() == 60
    # Tags are read at a pace of their own, so perhaps now.
    asked = calls_of(sandbox, tasks.refresh_newest)
    assert [path for path in asked if path != "/v1/run-tags"] == ["/v1/workflows/runs"]


def test_refreshing_a_run_that_upstream_lacks_changes_nothing(sandbox: Sandbox) -> None:
    tasks.refresh_run("wr_0")
    assert not Run.objects.exists()


def test_all_workflows_arrive_with_their_parameters(sandbox: Sandbox) -> None:
    tasks.refresh_workflows()
    assert Workflow.objects.count() == len(sandbox.agents)
    every = Workflow.objects.get(title="Every parameter type")
    assert {"string", "integer", "float", "boolean", "json", "file_url", "credential_id"} == {
        parameter["type"] for parameter in every.parameters
    }
    assert every.can_launch


def test_a_workflow_that_upstream_no_longer_has_is_marked_and_keeps_its_runs(
    sandbox: Sandbox,
) -> None:
    Workflow.objects.create(wpid="wpid_0", title="Gone", seen_at=timezone.now())
    Run.objects.create(
        run_id="wr_0",
        workflow_id="wpid_0",
        status="completed",
        phase=Run.Phase.COMPLETED,
        created_at=timezone.now(),
        seen_at=timezone.now(),
        changed_at=timezone.now(),
    )
    tasks.refresh_workflows()
    gone = Workflow.objects.get(pk="wpid_0")
    assert gone.deleted_at is not None
    assert not gone.can_launch
    assert gone.runs.count() == 1


@pytest.mark.parametrize("kind", ["status", "drop", "garbage", "cut"])
def test_a_broken_api_loses_nothing_and_is_caught_up_with(sandbox: Sandbox, kind: str) -> None:
    run_id = start(sandbox, "Price feed")
    tasks.refresh_newest()
    options: dict[str, Any] = {"code": 500} if kind == "status" else {}
    sandbox.fault(kind, times=None, **options)
    sandbox.advance(600)
    tasks.refresh_live()
    tasks.refresh_newest()
    tasks.refresh_workflows()
    health = feeds.health()
    assert (health.state, bool(health.error)) == ("down", True)
    assert Run.objects.get(pk=run_id).is_live
    sandbox.heal()
    Feed.objects.update(due_at=None)
    tasks.refresh_live()
    tasks.refresh_newest()
    assert Run.objects.get(pk=run_id).status == "completed"
    assert feeds.health().state == "fresh"


def test_a_stuck_run_is_marked_and_a_long_one_is_not(sandbox: Sandbox) -> None:
    stuck, waiting, long = (start(sandbox, "Slow crawl") for _ in range(3))
    tasks.refresh_newest()
    now = timezone.now()
    hours = timedelta(hours=1)
    Run.objects.filter(pk=stuck).update(status="running", started_at=now - 6 * hours)
    Run.objects.filter(pk=long).update(status="running", started_at=now - 4 * hours)
    Run.objects.filter(pk=waiting).update(status="queued", created_at=now - 2 * hours)
    tasks.mark_stuck()
    marked = Run.objects.exclude(stuck_at=None).values_list("pk", flat=True)
    assert set(marked) == {stuck, waiting}
