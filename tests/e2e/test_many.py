"""A thousand launches from a file, with the worker killed in the middle: each is one run."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from dashboard.sandbox import Sandbox
from dashboard.sandbox.state import World
from tests.e2e import servers
from tests.e2e.deck import ADMIN, Deck, wait_until

pytestmark = pytest.mark.browser

ROWS = 1_000
AT_ONCE = 20
STALE = 20.0
"""Seconds after which the page itself says that the mirror is not fresh."""
POST = "/v1/run/agents"
AGENT = {
    "title": "Take a row",
    "workflow_definition": {
        "parameters": [
            {
                "parameter_type": "workflow",
                "key": key,
                "workflow_parameter_type": kind,
                "default_value": None,
            }
            for key, kind in (("number", "integer"), ("name", "string"))
        ],
        "blocks": [{"block_type": "wait", "label": "nothing", "wait_sec": 0}],
    },
}
NAMES = [f"Ünïcode, “{number}” <b>" for number in range(ROWS)]


@pytest.fixture(scope="module")
def server() -> servers.Server:
    return servers.sandbox()


@pytest.fixture(scope="module")
def deck(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """On a sandbox that has the agent already, and with nothing but the machine to slow it."""
    var = tmp_path_factory.mktemp("many")
    prepared = httpx.Client(
        base_url="http://sandbox",
        transport=httpx.WSGITransport(app=Sandbox(history=0, state=var / "sandbox.json")),
        headers={"x-api-key": "sandbox"},
    )
    prepared.post("/v1/workflows", json={"json_definition": AGENT}).raise_for_status()
    with Deck(var, {"SKYVERN_RATE": "1000", "WORKER_THREADS": "8"}) as made:
        yield made


def file() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("Name", "NUMBER"), *zip(NAMES, range(ROWS), strict=True)])
    return text.getvalue().encode()


def upload(tab: Page, deck: Deck) -> None:
    """Through the pages, as a person does it."""
    agents = "SELECT wpid FROM runs_workflow WHERE title = 'Take a row'"
    ((wpid,),) = wait_until("the agent is mirrored", lambda: deck.query(agents))
    tab.goto(f"/agents/{wpid}/launch/many/")
    content = {"name": "rows.csv", "mimeType": "text/csv", "buffer": file()}
    tab.get_by_label("File", exact=True).set_input_files(content)  # type: ignore[arg-type]
    tab.get_by_role("button", name="Read the rows").click()
    tab.get_by_label("Runs at most together").fill(str(AT_ONCE))
    tab.get_by_role("button", name="Check the rows").click()
    tab.get_by_role("button", name="Launch 1,000 runs").click()
    expect(tab.get_by_role("heading", level=1, name="1,000 times")).to_be_visible()


def items(deck: Deck) -> Counter[str]:
    return Counter(dict(deck.query("SELECT state, count(*) FROM runs_jobitem GROUP BY state")))


def in_flight(deck: Deck) -> int:
    sent = "SELECT count(*) FROM runs_launch WHERE state = 'claimed' AND sent_at IS NOT NULL"
    return int(deck.query(sent)[0][0])


def kill_between_post_and_answer(deck: Deck, api: httpx.Client) -> None:
    """The runs are made some seconds after the kill: what was sent cannot be called back."""
    slow = {"kind": "latency", "path": POST, "seconds": 8, "times": None}
    api.post("/_sandbox/fault", json=slow).raise_for_status()
    wait_until("some are in flight", lambda: in_flight(deck) >= 2)
    time.sleep(0.5)  # written to the socket
    deck.kill("worker")
    api.post("/_sandbox/heal").raise_for_status()


def follow(deck: Deck, api: httpx.Client, seconds: float) -> tuple[int, float]:
    """Until nothing is left to do: most runs live together, and the greatest age of the mirror."""
    most, oldest, begun = 0, 0.0, time.monotonic()
    age = "SELECT min((julianday('now') - julianday(succeeded_at)) * 86400) FROM dashboard_feed"
    while not deck.query("SELECT 1 FROM runs_job WHERE ended_at IS NOT NULL"):
        live = api.get("/v1/workflows/runs", params={"page_size": 1000, "status": LIVE}).json()
        most = max(most, len(live))
        ((old,),) = deck.query(f"{age} WHERE name IN ('live', 'newest')")
        oldest = max(oldest, old)
        assert time.monotonic() - begun < seconds, f"not done: {items(deck)}"
        time.sleep(0.5)
    return most, oldest


LIVE = ["created", "queued", "running"]


def test_a_thousand_rows_are_a_thousand_runs_though_the_worker_is_killed(
    tab: Page, deck: Deck, server: servers.Server
) -> None:
    upload(tab, deck)
    with server.api(deck) as api:
        wait_until("a tenth is done", lambda: items(deck)["done"] >= ROWS // 10)
        deck.kill("worker")
        lost = {"kind": "cut", "path": POST, "times": 3}
        api.post("/_sandbox/fault", json=lost).raise_for_status()
        wait_until("a fifth is done", lambda: items(deck)["done"] >= ROWS // 5)
        kill_between_post_and_answer(deck, api)
        most, oldest = follow(deck, api, seconds=300)
    assert items(deck) == {"done": ROWS}
    assert 1 < most <= AT_ONCE
    assert oldest < STALE

    launched = deck.query("SELECT number, run_id, parameters FROM runs_jobitem")
    world = World.load(deck.var / "sandbox.json")
    upstream = {run.run_id: run.parameters for run in world.runs.values()}
    assert len(upstream) == ROWS
    assert {run_id for _, run_id, _ in launched} == set(upstream)
    for number, run_id, _ in launched:
        assert upstream[run_id] == {"number": number - 1, "name": NAMES[number - 1]}
    by = "SELECT count(*) FROM runs_run JOIN auth_user ON launched_by_id = auth_user.id"
    assert deck.query(f"{by} WHERE username = '{ADMIN}'") == [(ROWS,)]
