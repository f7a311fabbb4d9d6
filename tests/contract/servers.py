"""A Skyvern to try the contract on: the sandbox in this process, or a real server by its URL."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from dashboard.sandbox import Sandbox
from dashboard.skyvern import Skyvern
from tests.contract.agents import definitions

type Json = dict[str, Any]

FINAL = {"completed", "failed", "terminated", "canceled", "timed_out"}
PATIENCE_SECONDS = 120


@dataclass
class Server:
    """`http` speaks to it raw, `client` through the product's own client."""

    url: str
    key: str = field(repr=False)
    http: httpx.Client
    client: Skyvern
    sandbox: Sandbox | None
    suffix: str = field(default_factory=lambda: uuid4().hex[:8])
    agents: dict[str, str] = field(default_factory=dict)
    """Name → wpid."""

    def make_agents(self) -> None:
        for name, definition in definitions(self.url).items():
            body = {"json_definition": {"title": self.title(name), **definition}}
            made = self.http.post("/v1/workflows", json=body)
            assert made.status_code == 200, made.text
            self.agents[name] = made.json()["workflow_permanent_id"]

    def title(self, name: str) -> str:
        return f"Contract {name} {self.suffix}"

    def drop_agents(self) -> None:
        for wpid in self.agents.values():
            self.http.post(f"/v1/workflows/{wpid}/delete")

    def pass_time(self, seconds: float) -> None:
        if self.sandbox is not None:
            self.sandbox.advance(seconds)
        else:
            time.sleep(seconds)

    def start(self, name: str, **body: Any) -> str:
        """Start a run; its id."""
        answer = self.http.post("/v1/run/agents", json={"workflow_id": self.agents[name], **body})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["run_id"])

    def wait_for_recording(self, run_id: str) -> None:
        """Until its content can be fetched, which is a little after the end of the run."""
        listed = self.http.get(f"/v1/runs/{run_id}/artifacts?artifact_type=recording").json()
        path = f"/v1/artifacts/{listed[0]['artifact_id']}/content"
        until = time.monotonic() + PATIENCE_SECONDS
        while self.http.get(path).status_code == 404 and time.monotonic() < until:
            self.pass_time(0.25)

    def wait_for(self, run_id: str, *statuses: str) -> Json:
        """The run as soon as it has one of the statuses, by default any that is final."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            run: Json = self.http.get(f"/v1/runs/{run_id}").json()
            final = run["status"] in FINAL and not run["retry_pending"]
            if run["status"] in statuses or (final and not statuses):
                return run
            self.pass_time(0.25)
        raise AssertionError(f"{run_id} is still {run['status']}, waiting for {statuses}")


@contextmanager
def sandboxed() -> Iterator[Server]:
    sandbox = Sandbox(history=0)
    with _opened("http://sandbox", sandbox.api_key, sandbox) as server:
        yield server


@contextmanager
def real() -> Iterator[Server]:
    """The server of SKYVERN_TEST_URL; AssertionError if the variables are missing."""
    url, key = os.environ.get("SKYVERN_TEST_URL", ""), os.environ.get("SKYVERN_TEST_KEY", "")
    assert url, "SKYVERN_TEST_URL and SKYVERN_TEST_KEY must name a real Skyvern for this test"
    assert key, "SKYVERN_TEST_KEY must hold the API key of the server at SKYVERN_TEST_URL"
    with _opened(url.rstrip("/"), key, None) as server:
        yield server


@contextmanager
def _opened(url: str, key: str, sandbox: Sandbox | None) -> Iterator[Server]:
    transport = httpx.WSGITransport(app=sandbox) if sandbox else None
    headers = {"x-api-key": key}
    with httpx.Client(transport=transport, base_url=url, headers=headers, timeout=30) as http:
        client = Skyvern(url, key, transport=transport)
        server = Server(url, key, http, client, sandbox)
        try:
            server.make_agents()
            yield server
        finally:
            server.drop_agents()
            client.close()
