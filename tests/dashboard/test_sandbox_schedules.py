"""The sandbox's schedules fire as the real server's do, and never twice."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.sandbox import Sandbox

type Json = dict[str, Any]

MORNING = datetime(2026, 6, 1, 8, 0, 7, tzinfo=UTC)


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(
        transport=httpx.WSGITransport(app=sandbox),
        base_url="http://sandbox",
        headers={"x-api-key": sandbox.api_key},
    )


def schedule(sandbox: Sandbox, title: str, **body: Any) -> Json:
    wpid = sandbox.agents[title]
    answer = client(sandbox).post(
        f"/v1/workflows/{wpid}/schedules", json={"timezone": "UTC", **body}
    )
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["schedule"]
    return made


def fires(sandbox: Sandbox, schedule_id: str) -> list[Json]:
    rows = client(sandbox).get("/v1/workflows/runs", params={"page_size": 1000}).json()
    return [row for row in rows if row["workflow_schedule_id"] == schedule_id]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0, clock=lambda: MORNING)


def test_a_fire_has_the_id_that_the_server_would_give_it(sandbox: Sandbox) -> None:
    made = schedule(sandbox, "Price feed", cron_expression="30 * * * *")
    sandbox.advance(3600)
    row = fires(sandbox, made["workflow_schedule_id"])[0]
    fire = f"{made['workflow_schedule_id']}:2026-06-01T08:30:00+00:00"
    assert row["workflow_run_id"] == f"wr_sched_{sha256(fire.encode()).hexdigest()[:32]}"
    assert row["trigger_type"] == "scheduled"
    assert client(sandbox).get(f"/v1/runs/{row['workflow_run_id']}").json()["status"] == "completed"


def test_every_tick_of_the_time_that_passed_fires_once(sandbox: Sandbox) -> None:
    cron = schedule(sandbox, "Price feed", cron_expression="*/20 * * * *")
    interval = schedule(sandbox, "Price feed", interval_seconds=1800)
    for _ in range(4):
        sandbox.advance(900)
        sandbox.advance(0)
    assert len(fires(sandbox, cron["workflow_schedule_id"])) == 3
    assert len(fires(sandbox, interval["workflow_schedule_id"])) == 2


def test_a_paused_schedule_does_not_fire_nor_catch_up(sandbox: Sandbox) -> None:
    made = schedule(sandbox, "Price feed", cron_expression="*/20 * * * *", enabled=False)
    sandbox.advance(3600)
    path = f"/v1/workflows/{made['workflow_permanent_id']}/schedules/{made['workflow_schedule_id']}"
    client(sandbox).post(f"{path}/enable")
    sandbox.advance(60)
    assert fires(sandbox, made["workflow_schedule_id"]) == []


def test_a_one_time_schedule_fires_once_and_says_so(sandbox: Sandbox) -> None:
    at = (MORNING + timedelta(minutes=5)).isoformat()
    made = schedule(sandbox, "Price feed", run_at=at)
    sandbox.advance(7200)
    path = f"/v1/workflows/{made['workflow_permanent_id']}/schedules/{made['workflow_schedule_id']}"
    after = client(sandbox).get(path).json()
    rows = fires(sandbox, made["workflow_schedule_id"])
    assert after["schedule"]["dispatch_status"] == "fired"
    assert [row["workflow_run_id"] for row in rows] == [after["schedule"]["workflow_run_id"]]
    assert after["next_runs"] == []


def test_a_bad_input_is_found_out_by_the_fire(sandbox: Sandbox) -> None:
    made = schedule(
        sandbox,
        "Every parameter type",
        cron_expression="30 * * * *",
        parameters={"customer": "x", "quantity": "many"},
    )
    sandbox.advance(3600)
    row = fires(sandbox, made["workflow_schedule_id"])[0]
    assert row["status"] == "failed"
    assert "Expected parameter type: integer" in row["failure_reason"]


def test_the_clocks_changing_make_the_server_fire_an_extra_time() -> None:
    """Daily 09:00 in New York also fires at 04:00 on the day when summer time begins."""
    begin = datetime(2026, 3, 7, 0, 0, tzinfo=UTC)
    sandbox = Sandbox(history=0, clock=lambda: begin)
    made = schedule(sandbox, "Price feed", cron_expression="0 9 * * *", timezone="America/New_York")
    sandbox.advance(2 * 24 * 3600)
    created = [row["created_at"][:16] for row in fires(sandbox, made["workflow_schedule_id"])]
    assert created == ["2026-03-08T13:00", "2026-03-08T08:00", "2026-03-07T14:00"]


def test_a_killed_sandbox_keeps_what_it_had_and_fires_nothing_twice(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    first = Sandbox(history=5, state=state, clock=lambda: MORNING)
    made = schedule(first, "Price feed", cron_expression="*/20 * * * *")
    first.advance(3600)
    before = client(first).get("/v1/workflows/runs?page_size=1000").json()
    second = Sandbox(history=5, state=state, clock=lambda: MORNING)
    assert client(second).get("/v1/workflows/runs?page_size=1000").json() == before
    assert second.agents == first.agents
    second.advance(1)
    assert len(fires(second, made["workflow_schedule_id"])) == 3


def test_after_a_long_stop_only_the_newest_missed_fire_takes_place(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    first = Sandbox(history=0, state=state, clock=lambda: MORNING)
    made = schedule(first, "Price feed", cron_expression="*/20 * * * *")
    later = Sandbox(history=0, state=state, clock=lambda: MORNING + timedelta(hours=5, minutes=7))
    later.tick()
    rows = fires(later, made["workflow_schedule_id"])
    fire = f"{made['workflow_schedule_id']}:2026-06-01T13:00:00+00:00"
    assert [row["workflow_run_id"] for row in rows] == [
        f"wr_sched_{sha256(fire.encode()).hexdigest()[:32]}"
    ]
