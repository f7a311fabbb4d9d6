"""The sandbox signs and repeats its webhooks as upstream does."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx

from dashboard.sandbox import Sandbox

URL = "https://deck.example/webhooks/skyvern/"

type Json = dict[str, Any]


class Target:
    """What a receiver sees; answers the statuses it is given, then 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[Mapping[str, str], bytes]] = []

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        assert url == URL
        self.received.append((headers, body))
        return self.statuses.pop(0) if self.statuses else 200

    @property
    def bodies(self) -> list[Json]:
        return [json.loads(body) for _, body in self.received]


def launch(sandbox: Sandbox, title: str) -> tuple[httpx.Client, str]:
    http = httpx.Client(
        transport=httpx.WSGITransport(app=sandbox),
        base_url="http://sandbox",
        headers={"x-api-key": sandbox.api_key},
    )
    body = {"workflow_id": sandbox.agents[title], "webhook_url": URL}
    return http, str(http.post("/v1/run/agents", json=body).json()["run_id"])


def test_the_end_of_a_run_is_told_once_and_signed_over_the_bytes() -> None:
    target = Target()
    sandbox = Sandbox(history=0, api_key="a key", send=target)
    _, run_id = launch(sandbox, "Price feed")
    sandbox.advance(0.5)
    assert target.received == []
    sandbox.advance(60)
    sandbox.advance(60)
    [(headers, body)] = target.received
    expected = hmac.new(b"a key", body, hashlib.sha256).hexdigest()
    assert headers["x-skyvern-signature"] == expected
    told = json.loads(body)
    assert (told["run_id"], told["workflow_run_id"], told["status"]) == (
        run_id,
        run_id,
        "completed",
    )


def test_a_cancel_is_told_twice_first_without_outputs() -> None:
    target = Target()
    sandbox = Sandbox(history=0, send=target)
    http, run_id = launch(sandbox, "Slow crawl")
    sandbox.advance(20)
    http.post(f"/v1/runs/{run_id}/cancel")
    sandbox.advance(1)
    sandbox.advance(300)
    assert [(body["status"], body["outputs"] is None) for body in target.bodies] == [
        ("canceled", True),
        ("canceled", False),
    ]


def test_cancelling_a_finished_run_tells_its_end_again() -> None:
    target = Target()
    sandbox = Sandbox(history=0, send=target)
    http, run_id = launch(sandbox, "Price feed")
    sandbox.advance(60)
    http.post(f"/v1/runs/{run_id}/cancel")
    sandbox.advance(1)
    assert [body["status"] for body in target.bodies] == ["completed", "completed"]


def test_a_server_error_is_tried_three_times_and_then_noted() -> None:
    target = Target(500, 503, 429)
    sandbox = Sandbox(history=0, send=target)
    http, run_id = launch(sandbox, "Price feed")
    for _ in range(4):
        sandbox.advance(10)
    assert len(target.received) == 3
    assert http.get(f"/v1/workflows/runs/{run_id}").json()["webhook_failure_reason"]


def test_a_refusal_is_not_tried_again() -> None:
    target = Target(404)
    sandbox = Sandbox(history=0, send=target)
    http, run_id = launch(sandbox, "Price feed")
    for _ in range(3):
        sandbox.advance(10)
    assert len(target.received) == 1
    assert http.get(f"/v1/workflows/runs/{run_id}").json()["webhook_failure_reason"]


def test_a_delivery_that_arrives_leaves_an_empty_reason() -> None:
    sandbox = Sandbox(history=0, send=Target(500, 200))
    http, run_id = launch(sandbox, "Price feed")
    assert http.get(f"/v1/workflows/runs/{run_id}").json()["webhook_failure_reason"] is None
    sandbox.advance(10)
    sandbox.advance(10)
    assert http.get(f"/v1/workflows/runs/{run_id}").json()["webhook_failure_reason"] == ""


def test_every_attempt_is_told_where_the_policy_says_so() -> None:
    target = Target()
    sandbox = Sandbox(history=0, send=target)
    launch(sandbox, "Retries itself")
    sandbox.advance(4)
    sandbox.advance(60)
    assert [(body["attempt"], body["status"]) for body in target.bodies] == [
        (1, "failed"),
        (2, "completed"),
    ]


def test_a_webhook_is_replayed_with_its_signature() -> None:
    target = Target()
    sandbox = Sandbox(history=0, send=target)
    http, run_id = launch(sandbox, "Price feed")
    sandbox.advance(60)
    answer = http.post(f"/v1/runs/{run_id}/retry_webhook").json()
    assert (answer["target_webhook_url"], answer["status_code"]) == (URL, 200)
    assert target.received[-1][1] == answer["payload"].encode()
