"""Schedules of the three kinds: made, changed, switched, cancelled, deleted, refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleDetail, ScheduleRequest
from tests.contract.servers import Server

type Json = dict[str, Any]


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


@pytest.fixture
def path(server: Server) -> str:
    return f"/v1/workflows/{server.agents['stops']}/schedules"


@pytest.fixture
def cron(server: Server) -> Iterator[ScheduleDetail]:
    request = ScheduleRequest(
        timezone="Europe/Berlin", cron_expression="30 7 * * *", name=f"daily {server.suffix}"
    )
    made = server.client.create_schedule(server.agents["stops"], request)
    yield made
    server.http.delete(
        f"/v1/workflows/{server.agents['stops']}/schedules/{made.schedule.workflow_schedule_id}"
    )


@pytest.fixture
def once(server: Server) -> Iterator[ScheduleDetail]:
    request = ScheduleRequest(timezone="UTC", run_at=in_hours(48))
    made = server.client.create_schedule(server.agents["stops"], request)
    yield made
    server.client.delete_schedule(server.agents["stops"], made.schedule.workflow_schedule_id)


def test_a_cron_schedule_says_when_it_fires(cron: ScheduleDetail) -> None:
    assert cron.schedule.enabled
    assert len(cron.next_runs) == 5
    assert {moment.minute for moment in cron.next_runs} == {30}
    assert cron.next_runs == sorted(cron.next_runs)


def test_an_interval_schedule_counts_from_its_first_fire(server: Server, path: str) -> None:
    first = in_hours(3).replace(microsecond=0)
    body = {"interval_seconds": 7200, "timezone": "UTC", "first_fire_at": first.isoformat()}
    made = server.http.post(path, json=body).json()
    expected = [first + timedelta(hours=2 * place) for place in range(5)]
    assert [datetime.fromisoformat(moment) for moment in made["next_runs"]] == expected
    server.http.delete(f"{path}/{made['schedule']['workflow_schedule_id']}")


def test_the_organization_list_pages_searches_and_filters(
    server: Server, cron: ScheduleDetail, once: ScheduleDetail
) -> None:
    ids = {one.schedule.workflow_schedule_id for one in (cron, once)}
    page = server.client.schedules(page_size=100, search=server.suffix)
    assert {s.workflow_schedule_id for s in page.schedules} == ids
    assert page.total_count == 2
    first = server.http.get("/v1/schedules", params={"search": server.suffix, "page_size": 1})
    assert (len(first.json()["schedules"]), first.json()["total_count"]) == (1, 2)
    past = server.http.get("/v1/schedules", params={"page": 99}).json()
    assert (past["schedules"], past["page"], past["page_size"]) == ([], 99, 10)
    paused = server.client.schedules(status="paused", search=server.suffix)
    assert paused.schedules == []


def test_a_paused_schedule_has_no_next_run_in_the_list(
    server: Server, cron: ScheduleDetail
) -> None:
    wpid, schedule_id = server.agents["stops"], cron.schedule.workflow_schedule_id
    paused = server.client.disable_schedule(wpid, schedule_id)
    assert not paused.schedule.enabled
    assert len(paused.next_runs) == 5
    listed = server.client.schedules(status="paused", search=server.suffix).schedules
    assert [(s.workflow_schedule_id, s.next_run) for s in listed] == [(schedule_id, None)]
    assert server.client.enable_schedule(wpid, schedule_id).schedule.enabled


def test_an_update_replaces_all_but_enabled(server: Server, cron: ScheduleDetail) -> None:
    wpid, schedule_id = server.agents["stops"], cron.schedule.workflow_schedule_id
    server.client.disable_schedule(wpid, schedule_id)
    request = ScheduleRequest(timezone="UTC", cron_expression="*/10 * * * *")
    updated = server.client.update_schedule(wpid, schedule_id, request).schedule
    assert (updated.name, updated.timezone, updated.enabled) == (None, "UTC", False)
    assert updated.modified_at and cron.schedule.modified_at  # noqa: PT018
    assert updated.modified_at > cron.schedule.modified_at


def test_a_one_time_schedule_is_cancelled_not_paused(server: Server, once: ScheduleDetail) -> None:
    wpid, schedule_id = server.agents["stops"], once.schedule.workflow_schedule_id
    assert once.schedule.dispatch_status == "pending"
    with pytest.raises(errors.Rejected, match="cannot be paused or resumed"):
        server.client.disable_schedule(wpid, schedule_id)
    server.client.cancel_schedule(wpid, schedule_id)
    canceled = server.client.schedule(wpid, schedule_id)
    assert (canceled.schedule.dispatch_status, canceled.schedule.enabled) == ("canceled", True)
    assert canceled.next_runs == []
    with pytest.raises(errors.Rejected, match="already fired or was canceled") as refused:
        server.client.cancel_schedule(wpid, schedule_id)
    assert refused.value.status == 409


def test_a_recurring_schedule_is_not_cancelled_nor_made_one_time(
    server: Server, cron: ScheduleDetail
) -> None:
    wpid, schedule_id = server.agents["stops"], cron.schedule.workflow_schedule_id
    with pytest.raises(errors.Rejected, match="Only a one-time schedule can be canceled"):
        server.client.cancel_schedule(wpid, schedule_id)
    request = ScheduleRequest(timezone="UTC", run_at=in_hours(2))
    with pytest.raises(errors.Rejected, match="cannot switch between one-time and recurring"):
        server.client.update_schedule(wpid, schedule_id, request)


def test_a_deleted_schedule_is_gone(server: Server, path: str) -> None:
    made = server.http.post(path, json={"cron_expression": "@daily", "timezone": "UTC"}).json()
    one = f"{path}/{made['schedule']['workflow_schedule_id']}"
    assert server.http.delete(one).json() == {"ok": True}
    for method in ("GET", "DELETE"):
        answer = server.http.request(method, one)
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith("not found")


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"cron_expression": "nope", "timezone": "UTC"}, 400, "Invalid cron expression"),
        (
            {"cron_expression": "* * * * *", "timezone": "UTC"},
            400,
            "Cron interval must be at least 5 minutes",
        ),
        (
            {"cron_expression": "0 0 1 1 * *", "timezone": "UTC"},
            400,
            "Cron interval must be at least 5 minutes",
        ),
        (
            {"cron_expression": "0 0 * * *", "timezone": "Mars/Base"},
            400,
            "Invalid timezone 'Mars/Base'",
        ),
        (
            {"cron_expression": "0 0 * * *", "timezone": "UTC", "parameters": {"nope": 1}},
            400,
            "Unknown schedule parameters for workflow ",
        ),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_in_words(
    server: Server, path: str, body: Json, status: int, text: str
) -> None:
    answer = server.http.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(text)


def test_a_schedule_without_a_required_input_is_refused(server: Server) -> None:
    body = {"cron_expression": "0 0 * * *", "timezone": "UTC"}
    wpid = server.agents["typed"]
    answer = server.http.post(f"/v1/workflows/{wpid}/schedules", json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"Missing schedule parameters for workflow {wpid}: must"


@pytest.mark.parametrize(
    ("body", "kind", "where"),
    [
        ({"cron_expression": "0 0 * * *"}, "missing", ["body", "timezone"]),
        ({"timezone": "UTC"}, "value_error", ["body"]),
        (
            {"timezone": "UTC", "cron_expression": "0 0 * * *", "interval_seconds": 300},
            "value_error",
            ["body"],
        ),
        (
            {"timezone": "UTC", "interval_seconds": 60},
            "greater_than_equal",
            ["body", "interval_seconds"],
        ),
        (
            {"timezone": "UTC", "run_at": "2030-01-01T00:00:00"},
            "timezone_aware",
            ["body", "run_at"],
        ),
        ({"timezone": "UTC", "run_at": "2020-01-01T00:00:00Z"}, "value_error", ["body", "run_at"]),
    ],
)
def test_a_malformed_schedule_is_refused_at_its_field(
    server: Server, path: str, body: Json, kind: str, where: list[str]
) -> None:
    answer = server.http.post(path, json=body)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert (problem["type"], problem["loc"]) == (kind, where)


def test_schedules_of_an_unknown_agent_are_refused(server: Server) -> None:
    body = {"cron_expression": "0 0 * * *", "timezone": "UTC"}
    answer = server.http.post("/v1/agents/wpid_nope/schedules", json=body)
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Workflow wpid_nope not found"}
