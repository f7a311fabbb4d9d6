"""Every method of the client, against the stand-in server and its faults."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import Skyvern, errors, schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(sandbox: Sandbox) -> Skyvern:
    return connect()


def order(sandbox: Sandbox, title: str) -> schema.RunRequest:
    return schema.RunRequest(workflow_id=sandbox.agents[title], proxy_location=None)


def test_agents_are_listed_and_told_with_their_parameters(
    sandbox: Sandbox, client: Skyvern
) -> None:
    assert {found.title for found in client.workflows()} == set(sandbox.agents)
    wpid = sandbox.agents["Every parameter type"]
    assert {found.type for found in client.workflow(wpid).parameters} == {
        "string",
        "integer",
        "float",
        "boolean",
        "json",
        "file_url",
        "credential_id",
    }
    assert client.workflow_versions(wpid)[0].workflow_permanent_id == wpid
    with pytest.raises(errors.NotFound):
        client.workflow("wpid_nope")


def test_a_run_is_started_seen_in_every_list_and_told_in_detail(
    sandbox: Sandbox, client: Skyvern
) -> None:
    run = client.start(order(sandbox, "Invoice download"))
    sandbox.advance(600)
    assert client.run(run.run_id).status == "completed"
    assert client.workflow_run(run.run_id).workflow_title == "Invoice download"
    (listed,) = client.workflow_runs(status=["completed", "failed"], search=run.run_id)
    assert listed.workflow_run_id == run.run_id
    assert run.run_id in {found.run_id for found in client.runs(status=["completed"])}
    assert client.timeline(run.run_id)
    assert client.workflow_runs(page=99) == []


def test_runs_of_an_agent_are_limited_to_a_time_in_utc(sandbox: Sandbox, client: Skyvern) -> None:
    run = client.start(order(sandbox, "Price feed"))
    assert run.created_at is not None
    wpid = sandbox.agents["Price feed"]
    for created_from, created_until, found in (
        (run.created_at, None, 1),
        (run.created_at - timedelta(hours=1), run.created_at + timedelta(seconds=1), 1),
        (run.created_at + timedelta(seconds=1), None, 0),
        (None, run.created_at, 0),
    ):
        listed = client.runs_of_workflow(
            wpid, created_from=created_from, created_until=created_until
        )
        assert len(listed) == found


def test_an_artifact_is_streamed_whole_and_in_part(sandbox: Sandbox, client: Skyvern) -> None:
    run = client.start(order(sandbox, "Invoice download"))
    sandbox.advance(600)
    (recording,) = client.artifacts(run.run_id, ["recording"])
    with client.artifact(recording.artifact_id) as stream:
        whole = b"".join(stream.iter_bytes())
    assert stream.status == 200
    with client.artifact(recording.artifact_id, "bytes=4-7") as stream:
        assert b"".join(stream.iter_bytes()) == whole[4:8]
    assert stream.status == 206
    assert stream.headers["content-range"] == f"bytes 4-7/{len(whole)}"
    beyond = client.artifact(recording.artifact_id, "bytes=999999999-")
    with pytest.raises(errors.Rejected) as caught, beyond:
        pytest.fail("there is nothing to stream")
    assert caught.value.status == 416


def test_a_run_is_cancelled_retried_and_continued(sandbox: Sandbox, client: Skyvern) -> None:
    slow = client.start(order(sandbox, "Slow crawl"))
    with pytest.raises(errors.Rejected):
        client.retry(slow.run_id)
    client.cancel(slow.run_id)
    assert client.run(slow.run_id).status == "canceled"
    again = client.retry(slow.run_id)
    assert again.run_id != slow.run_id
    done = client.cancel_many([again.run_id, "wr_nope"])
    assert (done.cancelled, done.failed) == ([again.run_id], ["wr_nope"])
    with pytest.raises(errors.NotFound):
        client.resume(again.run_id)


def test_a_paused_run_goes_on(sandbox: Sandbox, client: Skyvern) -> None:
    run = client.start(order(sandbox, "Approve a refund"))
    sandbox.advance(120)
    assert client.run(run.run_id).status == "paused"
    client.resume(run.run_id)
    sandbox.advance(120)
    assert client.run(run.run_id).status == "completed"


def test_a_webhook_is_not_replayed_without_an_address(sandbox: Sandbox, client: Skyvern) -> None:
    run = client.start(order(sandbox, "Price feed"))
    sandbox.advance(600)
    with pytest.raises(errors.Rejected, match="No webhook URL"):
        client.replay_webhook(run.run_id)


def test_a_schedule_lives_from_creation_to_deletion(sandbox: Sandbox, client: Skyvern) -> None:
    wpid = sandbox.agents["Price feed"]
    nightly = schema.ScheduleRequest(timezone="UTC", cron_expression="0 3 * * *", name="nightly")
    made = client.create_schedule(wpid, nightly)
    schedule_id = made.schedule.workflow_schedule_id
    assert made.next_runs
    assert client.disable_schedule(wpid, schedule_id).schedule.enabled is False
    assert client.enable_schedule(wpid, schedule_id).schedule.enabled is True
    hourly = schema.ScheduleRequest(timezone="UTC", cron_expression="0 * * * *")
    assert client.update_schedule(wpid, schedule_id, hourly).schedule.name is None
    assert client.schedule(wpid, schedule_id).schedule.cron_expression == "0 * * * *"
    assert schedule_id in {
        found.workflow_schedule_id for found in client.schedules_of_workflow(wpid)
    }
    page = client.schedules(status="active")
    assert page.total_count >= len(page.schedules) > 0
    client.delete_schedule(wpid, schedule_id)
    with pytest.raises(errors.NotFound):
        client.schedule(wpid, schedule_id)


def test_a_one_time_schedule_is_called_off(sandbox: Sandbox, client: Skyvern) -> None:
    wpid = sandbox.agents["Price feed"]
    once = schema.ScheduleRequest(timezone="UTC", run_at=datetime.now(UTC) + timedelta(hours=1))
    made = client.create_schedule(wpid, once).schedule
    client.cancel_schedule(wpid, made.workflow_schedule_id)
    assert client.schedule(wpid, made.workflow_schedule_id).schedule.dispatch_status == "canceled"


def test_what_people_choose_from_is_listed(client: Skyvern) -> None:
    for choose in (
        client.browser_sessions,
        client.browser_profiles,
        client.credentials,
        client.folders,
        client.tag_keys,
    ):
        assert isinstance(choose(), list)
    assert client.version()


def test_an_older_server_lacks_routes_but_not_runs(sandbox: Sandbox, client: Skyvern) -> None:
    run = client.start(order(sandbox, "Price feed"))
    sandbox.fault("old_server", times=None)
    with pytest.raises(errors.Unsupported):
        client.workflow_run(run.run_id)
    with pytest.raises(errors.Unsupported):
        client.cancel_schedule(sandbox.agents["Price feed"], "wfs_1")
    assert client.run(run.run_id).attempt is None


def test_a_server_without_schedules_says_so(sandbox: Sandbox, client: Skyvern) -> None:
    sandbox.fault("no_schedules", times=None)
    with pytest.raises(errors.Unsupported, match="disabled"):
        client.schedules()


@pytest.mark.parametrize("kind", ["drop", "garbage", "cut", "status"])
def test_a_passing_fault_is_not_noticed_by_a_read(
    sandbox: Sandbox, client: Skyvern, kind: str
) -> None:
    sandbox.fault(kind)
    assert client.workflows()
    assert [path for _, path in sandbox.calls] == ["/v1/workflows"] * 2


@pytest.mark.parametrize("kind", ["drop", "garbage", "cut", "status"])
def test_a_start_is_never_sent_twice(sandbox: Sandbox, client: Skyvern, kind: str) -> None:
    request = order(sandbox, "Price feed")
    sandbox.fault(kind)
    with pytest.raises(errors.Unknown):
        client.start(request)
    assert sandbox.calls == [("POST", "/v1/run/agents")]


def test_an_artifact_that_is_gone_is_not_found(sandbox: Sandbox, client: Skyvern) -> None:
    sandbox.fault("expired")
    with pytest.raises(errors.NotFound), client.artifact("a_1"):
        pytest.fail("there is nothing to stream")
