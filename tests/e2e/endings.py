"""Runs of a real Skyvern that end in each way there is, and what their pages show of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.e2e.deck import Deck, wait_until
from tests.e2e.launching import wait_for_status
from tests.e2e.staging import visit
from tests.e2e.test_journey import LIVE

type Runs = dict[str, str]
"""What becomes of it → the id of the run."""

AGENTS = {
    "times out": "Times out",
    "tries again": "Retries itself",
    "is refused": "Fails to fetch",
    "cannot connect": "Cannot connect",
    "fails in a loop": "Fails in a loop",
    "is never set up": "Fails in setup",
    "looks around": "Browse and collect",
    "fails on a page": "Fails on a page",
    "opens no page": "Fails to open page",
    "terminates": "Terminates itself",
    "downloads": "Downloads a file",
    "is approved": "Approve a refund",
    "is rejected": "Approve a refund",
    "is canceled": "Slow wait",
}
SLOW = ("times out", "tries again", "is canceled")
LONG = 90_000


@contextmanager
def begun(api: httpx.Client) -> Iterator[Runs]:
    """The slowest, of a minute, first; the others one by one, as browsers that are opened all at
    once are slower than one after the other.

    "schedule" is the id of one that fires after a minute.
    """
    listed = api.get("/v1/workflows", params={"page_size": 100}).raise_for_status().json()
    agents = {agent["title"]: agent["workflow_permanent_id"] for agent in listed}
    # Skyvern refuses a launch with a wrong input at once; of a schedule it finds out later.
    timing = {"run_at": (datetime.now(UTC) + timedelta(seconds=62)).isoformat()}
    wrong = {"timezone": "UTC", "parameters": {"name": "x", "count": "abc"}}
    path = f"/v1/workflows/{agents['Every parameter type']}/schedules"
    made = api.post(path, json=timing | wrong).raise_for_status().json()
    runs = {"schedule": made["schedule"]["workflow_schedule_id"]}
    for key, title in AGENTS.items():
        answer = api.post("/v1/run/agents", json={"workflow_id": agents[title]})
        runs[key] = answer.raise_for_status().json()["run_id"]
        if key not in SLOW:
            wait_until(f"it {key}", partial(_is_over, api, runs[key]), 120)
    yield runs
    api.delete(f"{path}/{runs['schedule']}").raise_for_status()


def _is_over(api: httpx.Client, run_id: str) -> bool:
    return api.get(f"/v1/runs/{run_id}").json()["status"] not in LIVE


def ended(deck: Deck, run_id: str, status: str) -> None:
    of_run = f"FROM runs_run WHERE run_id = '{run_id}' AND NOT retry_pending"
    query = f"SELECT 1 {of_run} AND status = '{status}'"
    wait_until(f"{run_id} has {status}", lambda: deck.query(query), 120)


def open_ended(tab: Page, deck: Deck, run_id: str, status: str) -> Locator:
    """The card of its failure, on its page."""
    ended(deck, run_id, status)
    visit(tab, run_id, seconds=90)
    wait_for_status(tab, status.replace("_", " "), 10)
    return tab.locator("#run-failure")


def headline(card: Locator) -> Locator:
    """Beside its mark, which has the status for those who do not see it."""
    return card.locator("#failure-title > span:not(.mark)")


def step(tab: Page, title: str) -> Locator:
    return tab.locator(f"#steps li.step:has(> a .step-title:text-is('{title}'))")


def within(tab: Page, title: str) -> Locator:
    """The titles of the steps directly within that one."""
    return step(tab, title).locator("> details > ol > li > a .step-title")


def is_picture(image: Locator) -> None:
    expect(image).to_be_visible(timeout=LONG)
    image.scroll_into_view_if_needed()
    wait_until("it is a picture", lambda: image.evaluate("e => e.complete && e.naturalWidth > 0"))
