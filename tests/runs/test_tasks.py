"""The refreshes against the sandbox: what happens upstream arrives, and at what price."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dashboard import feeds
from dashboard.connect import connect
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import tasks
from runs.models import Run, Workflow

pytestmark = pytest.mark.django_db
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


def test_the_detail_has_outputs_timeline_and_files(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Invoice download")
    follow(sandbox, run_id, lambda run: run.is_final)
    tasks.refresh_details()
    run = Run.objects.get(pk=run_id)
    assert run.detail.outputs
    assert run.detail.timeline
    assert run.detail.error == ""
    assert {"recording"} <= set(run.artifacts.values_list("type", flat=True))
    assert "sig=" not in str(run.detail.outputs) + str(run.detail.timeline)


@pytest.mark.parametrize(
    ("title", "moments"),
    [
        ("Invoice download", [0, 5, 30]),  # which has all its logs by then
        ("Price feed", [0, 5, 30, 180]),
        ("Slow crawl", [0, 5, 30, 180]),
    ],
)
def test_an_ended_run_is_read_again_for_the_files_that_come_late(
    sandbox: Sandbox, title: str, moments: list[int], settings: Settings
) -> None:
    settings.SKYVERN_RATE = 0  # its budget of calls refills by the clock, which stands still here
    run_id = start(sandbox, title)
    tasks.refresh_newest()
    if title == "Slow crawl":
        connect().cancel(run_id)
    sandbox.advance(600)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False) as clock:
        tasks.refresh_live()
        read_at = []
        for second in range(200):
            clock.move_to(now + timedelta(seconds=second))
            # A schedule may have started another run meanwhile.
            if any(run_id in path for path in calls_of(sandbox, tasks.refresh_details)):
                read_at.append(second)
    assert read_at == moments
    assert not Run.objects.get(pk=run_id).detail_due


def test_a_watched_run_is_read_at_every_tick_and_others_are_not(sandbox: Sandbox) -> None:
    watched, other = start(sandbox, "Slow crawl"), start(sandbox, "Slow crawl")
    tasks.refresh_newest()
    Run.objects.filter(pk=watched).update(watched_at=timezone.now())
    for _ in range(2):
        asked = " ".join(calls_of(sandbox, tasks.refresh_details))
        assert watched in asked
        assert other not in asked


def test_reading_an_unchanged_live_run_again_moves_nothing(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Slow crawl")
    follow(sandbox, run_id, lambda run: run.status == "running")  # and so for a long time
    tasks.refresh_run(run_id)
    first = Run.objects.get(pk=run_id)
    tasks.refresh_run(run_id)
    again = Run.objects.get(pk=run_id)
    assert (again.changed_at, again.detail.fetched_at) == (
        first.changed_at,
        first.detail.fetched_at,
    )


def test_what_came_is_kept_when_one_part_of_a_detail_fails(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Price feed")
    follow(sandbox, run_id, lambda run: run.is_final)
    sandbox.fault("status", path="/timeline", code=500, times=None)
    tasks.refresh_details()
    run = Run.objects.get(pk=run_id)
    assert run.detail.outputs
    assert "500" in run.detail.error
    assert run.detail_due
    assert Feed.objects.get(pk="details").failures == 0


def test_one_run_that_cannot_be_read_does_not_keep_the_others_waiting(sandbox: Sandbox) -> None:
    broken, good = start(sandbox, "Price feed"), start(sandbox, "Price feed")
    tasks.refresh_newest()
    sandbox.advance(600)
    tasks.refresh_live()
    sandbox.fault("status", path=broken, code=500, times=None)
    tasks.refresh_details()
    assert Run.objects.get(pk=good).detail.outputs
    assert "500" in Run.objects.get(pk=broken).detail.error
    assert calls_of(sandbox, tasks.refresh_details) == []


def test_an_older_server_has_no_rich_detail_and_the_plain_one_does(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Price feed")
    sandbox.advance(600)
    sandbox.fault("old_server", times=None)
    tasks.refresh_newest()
    tasks.refresh_details()
    detail = Run.objects.get(pk=run_id).detail
    assert (bool(detail.outputs), detail.error) == (True, "")


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
