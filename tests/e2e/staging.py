"""Runs that are made for one test: agents of its own, launched past the pages."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.deck import Deck, wait_until
from tests.e2e.servers import Server

type Json = dict[str, Any]

PORTAL = "https://portal.northwind.example"
OPENS = {"block_type": "goto_url", "label": "open_portal", "url": PORTAL}
FAILS = {"block_type": "code", "label": "read_status", "code": "raise TimeoutError('no answer')"}
TRIES_AGAIN = {"max_retries": 2, "delay_seconds": 12, "retry_on": [{"status": "failed"}]}


def clicks(label: str, count: int) -> Json:
    """A block that presses so many buttons."""
    lines = [f"await page.click('#button-{n}')" for n in range(count)]
    return {"block_type": "code", "label": label, "code": "\n".join(lines)}


def loop(label: str, over: str, *blocks: Json) -> Json:
    own: Json = {"loop_variable_reference": over, "loop_blocks": list(blocks)}
    return {"block_type": "for_loop", "label": label, **own}


def items(key: str, values: list[Any]) -> Json:
    asked = {"parameter_type": "workflow", "workflow_parameter_type": "json"}
    return {**asked, "key": key, "default_value": values}


def begin(deck: Deck, server: Server, title: str, blocks: list[Json], **definition: Any) -> str:
    """Start a run of a new agent; returns its id once it is in the mirror."""
    made = {"title": title, "workflow_definition": {"blocks": blocks, **definition}}
    with server.api(deck) as api:
        agent = api.post("/v1/workflows", json={"json_definition": made}).raise_for_status().json()
        asked = {"workflow_id": agent["workflow_permanent_id"]}
        run_id: str = api.post("/v1/run/agents", json=asked).raise_for_status().json()["run_id"]
    mirrored = f"SELECT 1 FROM runs_run WHERE run_id = '{run_id}'"
    wait_until("the run is mirrored", lambda: deck.query(mirrored), 60)
    return run_id


def newest(deck: Deck, title: str, status: str = "completed") -> str:
    """The newest run of that agent that ended so, once there is one."""
    of_agent = f"SELECT wpid FROM runs_workflow WHERE title = '{title}'"
    query = (
        f"SELECT run_id FROM runs_run WHERE workflow_id = ({of_agent}) AND status = '{status}' "
        "ORDER BY place DESC LIMIT 1"
    )
    wait_until(f"a run of {title} has {status}", lambda: deck.query(query), 60)
    [(run_id,)] = deck.query(query)
    return str(run_id)


def visit(tab: Page, run_id: str, query: str = "", seconds: float = 30) -> None:
    """Its page, with its steps in it."""
    tab.goto(f"/runs/{run_id}/{query}")
    expect(tab.locator("#steps .step-line").first).to_be_visible(timeout=seconds * 1000)


def walk_to(tab: Page, selector: str, most: int = 150) -> None:
    """Press Tab until what has the focus is one of those."""
    for _ in range(most):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} was not among the first {most} stops of Tab")
