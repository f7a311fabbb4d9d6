"""The sandbox's runs go through every status, by the clock and by what is done to them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dashboard.sandbox import Sandbox

type Json = dict[str, Any]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(app=sandbox)
    headers = {"x-api-key": sandbox.api_key}
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        yield client


def start(http: httpx.Client, sandbox: Sandbox, title: str, **body: Any) -> str:
    given = {"workflow_id": sandbox.agents[title], "parameters": {"customer": "Casa Verde"}}
    answer = http.post("/v1/run/agents", json={**given, **body})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run_id"])


def get(http: httpx.Client, run_id: str) -> Json:
    run: Json = http.get(f"/v1/runs/{run_id}").json()
    return run


def test_a_run_is_created_queued_running_completed(http: httpx.Client, sandbox: Sandbox) -> None:
    run_id = start(http, sandbox, "Price feed")
    seen = []
    for _ in range(12):
        seen.append(get(http, run_id)["status"])
        sandbox.advance(0.25)
    assert list(dict.fromkeys(seen)) == ["created", "queued", "running", "completed"]


@pytest.mark.parametrize(
    ("title", "status", "reason"),
    [
        ("Invoice download", "completed", None),
        ("Every parameter type", "completed", None),
        ("Loop over pages", "completed", None),
        ("Credential check", "failed", "login block failed. failure reason: The portal answered"),
        ("Stock watch", "terminated", "terminate block terminated. Reason: NW-1001 is sold out"),
        ("Times out", "timed_out", "Workflow run exceeded max elapsed runtime limit of 1 minute."),
        ("Slow crawl", "completed", None),
    ],
)
def test_every_agent_comes_to_its_end(
    http: httpx.Client, sandbox: Sandbox, title: str, status: str, reason: str | None
) -> None:
    run_id = start(http, sandbox, title)
    sandbox.advance(300)
    run = get(http, run_id)
    assert run["status"] == status
    assert (run["failure_reason"] or "").startswith(reason or "")
    assert bool(run["failure_reason"]) == bool(reason)


def test_a_failure_has_category_code_and_a_screenshot(http: httpx.Client, sandbox: Sandbox) -> None:
    run_id = start(http, sandbox, "Credential check")
    sandbox.advance(30)
    row = http.get("/v1/workflows/runs", params={"error_code": "LOGIN_FAILED"}).json()[0]
    assert row["workflow_run_id"] == run_id
    assert row["failure_category"][0]["category"] == "AUTH_FAILURE"
    block = http.get(f"/v1/runs/{run_id}/timeline").json()[0]["block"]
    assert (block["status"], block["error_codes"]) == ("failed", ["LOGIN_FAILED"])
    shot = block["actions"][0]["screenshot_artifact_id"]
    assert http.get(f"/v1/artifacts/{shot}/content").content.startswith(b"\x89PNG")


def test_a_paused_run_goes_on_when_a_person_approves(http: httpx.Client, sandbox: Sandbox) -> None:
    run_id = start(http, sandbox, "Approve a refund")
    sandbox.advance(3600)
    assert get(http, run_id)["status"] == "paused"
    assert http.post(f"/v1/workflows/runs/{run_id}/continue").status_code == 200
    assert get(http, run_id)["status"] in ("paused", "running")
    sandbox.advance(10)
    assert get(http, run_id)["status"] == "completed"


def test_a_paused_run_can_be_cancelled(http: httpx.Client, sandbox: Sandbox) -> None:
    run_id = start(http, sandbox, "Approve a refund")
    sandbox.advance(60)
    http.post(f"/v1/runs/{run_id}/cancel")
    sandbox.advance(60)
    assert get(http, run_id)["status"] == "canceled"


def test_a_cancel_is_cooperative(http: httpx.Client, sandbox: Sandbox) -> None:
    """The block that has begun runs on to its end, the next one never begins."""
    run_id = start(http, sandbox, "Slow crawl")
    sandbox.advance(10)
    http.post(f"/v1/runs/{run_id}/cancel")
    assert get(http, run_id)["status"] == "canceled"
    block = http.get(f"/v1/runs/{run_id}/timeline").json()[0]["block"]
    assert (block["label"], block["status"]) == ("be_polite", "running")
    sandbox.advance(300)
    items = http.get(f"/v1/runs/{run_id}/timeline").json()
    assert [i["block"]["label"] for i in items] == ["be_polite", "open_catalogue"]
    assert items[0]["block"]["status"] == "completed"
    assert get(http, run_id)["status"] == "canceled"


def test_failed_is_not_final_while_a_retry_is_pending(http: httpx.Client, sandbox: Sandbox) -> None:
    run_id = start(http, sandbox, "Retries itself")
    sandbox.advance(4)
    run = get(http, run_id)
    assert (run["status"], run["attempt"], run["retry_pending"]) == ("failed", 1, True)
    assert run["next_attempt_at"]
    sandbox.advance(20)
    run = get(http, run_id)
    assert (run["status"], run["attempt"], run["retry_pending"]) == ("completed", 2, False)
    attempts = [i["attempt"] for i in http.get(f"/v1/runs/{run_id}/timeline").json()]
    assert attempts == [2, 2, 1, 1]


def test_a_run_that_fails_in_setup_is_only_in_the_workflow_lists(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    wpid = sandbox.agents["Fails in setup"]
    assert http.post("/v1/run/agents", json={"workflow_id": wpid}).status_code == 400
    assert http.get("/v1/runs").json() == []
    row = http.get("/v1/workflows/runs").json()[0]
    assert row["status"] == "failed"
    assert row["failure_reason"].startswith("Setup workflow failed. failure reason: ")
    assert http.get(f"/v1/runs/{row['workflow_run_id']}").status_code == 404
    assert http.get(f"/v1/workflows/runs/{row['workflow_run_id']}").status_code == 200


def test_a_download_and_a_loop_are_in_the_output(http: httpx.Client, sandbox: Sandbox) -> None:
    invoices, loop = (
        start(http, sandbox, "Invoice download"),
        start(http, sandbox, "Loop over pages"),
    )
    sandbox.advance(60)
    file = get(http, invoices)["downloaded_files"][0]
    assert file["filename"] == "invoices-2026-10.csv"
    content = http.get(f"/v1/artifacts/{file['artifact_id']}/content")
    assert len(content.content) == file["file_size"]
    assert content.headers["content-disposition"].startswith("attachment")
    rounds = get(http, loop)["output"]["each_shop_output"]
    assert [part[0]["loop_value"] for part in rounds] == ["berlin", "wien"]


def test_a_recording_is_promised_while_running_and_there_after_the_end(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    run_id = start(http, sandbox, "Slow crawl")
    sandbox.advance(10)
    recording = http.get(f"/v1/runs/{run_id}/artifacts?artifact_type=recording").json()[0]
    assert get(http, run_id)["recording_url"].startswith("http://sandbox/v1/artifacts/a_")
    path = f"/v1/artifacts/{recording['artifact_id']}/content"
    assert http.get(path).status_code == 404
    sandbox.advance(300)
    content = http.get(path)
    assert content.headers["content-type"] == "video/mp4"
    assert content.content[4:8] == b"ftyp"


def test_speed_shortens_the_script() -> None:
    fast = Sandbox(history=0, speed=100)
    transport = httpx.WSGITransport(app=fast)
    with httpx.Client(
        transport=transport, base_url="http://sandbox", headers={"x-api-key": "sandbox"}
    ) as http:
        run_id = start(http, fast, "Slow crawl")
        fast.advance(2)
        assert get(http, run_id)["status"] == "completed"


def test_history_is_a_week_of_mixed_runs_with_hostile_ones() -> None:
    sandbox = Sandbox()
    transport = httpx.WSGITransport(app=sandbox)
    with httpx.Client(
        transport=transport, base_url="http://sandbox", headers={"x-api-key": "sandbox"}
    ) as http:
        rows = http.get("/v1/workflows/runs", params={"page_size": 1000}).json()
    assert {row["status"] for row in rows} >= {
        *("completed", "failed", "terminated", "canceled", "timed_out"),
    }
    assert {row["trigger_type"] for row in rows} == {"api", "scheduled"}
    assert len([row for row in rows if row["trigger_type"] == "api"]) == 120
    assert any("<script>" in (row["failure_reason"] or "") for row in rows)
