"""The sandbox makes trouble on demand, and stops when told to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from dashboard.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(app=sandbox)
    headers = {"x-api-key": sandbox.api_key}
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        yield client


def test_a_status_fault_lasts_for_its_times(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("status", code=429, retry_after=7, times=2)
    answers = [http.get("/v1/runs") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_a_fault_meets_only_its_path(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("status", code=500, path="/schedules")
    assert http.get("/v1/runs").status_code == 200
    assert http.get("/v1/schedules").json() == {"error": "Unexpected error: SandboxFault"}


def test_a_lasting_fault_lasts_until_healed(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("no_schedules", times=None)
    assert [http.get("/v1/schedules").status_code for _ in range(3)] == [501] * 3
    sandbox.heal()
    assert http.get("/v1/schedules").status_code == 200


def test_a_dropped_connection_is_one(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("drop")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/v1/runs")


def test_garbage_is_no_json(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("garbage")
    with pytest.raises(ValueError, match=r"codec|Expecting"):
        http.get("/v1/runs").json()


def test_a_cut_answer_ends_in_the_middle(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/v1/workflows")


def test_latency_still_answers(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("latency", seconds=0.05)
    assert http.get("/v1/runs").status_code == 200


def test_an_old_server_lacks_what_is_newer(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("old_server", times=None)
    wpid = sandbox.agents["Price feed"]
    run_id = http.post("/v1/run/agents", json={"workflow_id": wpid}).json()["run_id"]
    assert "attempt" not in http.get(f"/v1/runs/{run_id}").json()
    assert http.get(f"/v1/workflows/runs/{run_id}").json() == {"detail": "Not Found"}
    assert http.get("/v1/version").json() == {"version": "1.0.50"}
    body = {"timezone": "UTC", "interval_seconds": 3600}
    assert http.post(f"/v1/workflows/{wpid}/schedules", json=body).status_code == 422
    sandbox.heal()
    assert "attempt" in http.get(f"/v1/runs/{run_id}").json()


def test_an_expired_artifact_is_gone(sandbox: Sandbox, http: httpx.Client) -> None:
    wpid = sandbox.agents["Invoice download"]
    run_id = http.post("/v1/run/agents", json={"workflow_id": wpid}).json()["run_id"]
    sandbox.advance(60)
    artifact = http.get(f"/v1/runs/{run_id}/artifacts").json()[0]["artifact_id"]
    sandbox.fault("expired")
    assert http.get(f"/v1/artifacts/{artifact}/content").status_code == 404
    assert http.get(f"/v1/artifacts/{artifact}/content").status_code == 200


def test_faults_are_controlled_over_http_with_the_key(sandbox: Sandbox, http: httpx.Client) -> None:
    body = {"kind": "status", "code": 503, "times": None}
    assert http.post("/_sandbox/fault", json=body, headers={"x-api-key": "no"}).status_code == 403
    assert http.post("/_sandbox/fault", json=body).json() == {"ok": True}
    assert http.get("/v1/runs").status_code == 503
    assert http.post("/_sandbox/heal").json() == {"ok": True}
    assert http.get("/v1/runs").status_code == 200
    assert http.post("/_sandbox/advance", json={"seconds": 5}).status_code == 200
    assert http.post("/_sandbox/fault", json={"kind": "nope"}).status_code == 422


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown fault 'nope'"):
        sandbox.fault("nope")


def test_calls_are_remembered(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get("/v1/runs?page=1")
    assert sandbox.calls == [("GET", "/v1/runs")]


def test_many_threads_start_as_many_runs(sandbox: Sandbox, http: httpx.Client) -> None:
    wpid = sandbox.agents["Price feed"]

    def launch(_: int) -> str:
        answer = http.post("/v1/run/agents", json={"workflow_id": wpid})
        return str(answer.json()["run_id"])

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(launch, range(80)))
    assert len(ids) == 80
