"""Worker, web and API are killed in the middle of it: no run is lost, none starts twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.deck import Deck, wait_until
from tests.e2e.launching import launch, open_agent, wait_for_status
from tests.e2e.servers import Server

pytestmark = pytest.mark.browser
PRESSES = 5


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


def upstream_ids(deck: Deck, server: Server) -> list[str]:
    with server.api(deck) as api:
        rows = api.get("/v1/workflows/runs", params={"page_size": 1000}).json()
    return [row["workflow_run_id"] for row in rows]


def mirrored_ids(deck: Deck) -> set[str]:
    return {row[0] for row in deck.query("SELECT run_id FROM runs_run")}


def launches(deck: Deck) -> list[tuple[str, ...]]:
    return deck.query("SELECT state, run_id FROM runs_launch ORDER BY created_at")


def nothing_lost_nothing_double(deck: Deck, server: Server, before: list[str]) -> None:
    """Each launch is one run upstream, and all that is upstream is mirrored."""
    wait_until(
        "the mirror holds every run",
        lambda: set(upstream_ids(deck, server)) <= mirrored_ids(deck),
        90,
    )
    # A schedule of the server's may fire meanwhile; such a run was nobody's press.
    new = {
        run_id
        for run_id in set(upstream_ids(deck, server)) - set(before)
        if not run_id.startswith("wr_sched_")
    }
    known = [run_id for _, run_id in launches(deck) if run_id]
    assert sorted(known) == sorted(new)
    assert len(launches(deck)) == PRESSES


def press_and_kill_the_web(tab: Page, deck: Deck, server: Server) -> None:
    """The web process dies after the launch was claimed and before its answer was noted."""
    if server.name == "sandbox":
        slow = {"kind": "latency", "path": "/v1/run/agents", "seconds": 3}
        with server.api(deck) as api:
            api.post("/_sandbox/fault", json=slow).raise_for_status()
    pressed = len(launches(deck))
    open_agent(tab, server.quick)
    tab.get_by_role("link", name="Launch").first.click()
    tab.get_by_role("button", name=f"Launch {server.quick}").click(no_wait_after=True)
    wait_until("the launch is claimed", lambda: len(launches(deck)) > pressed)
    deck.kill("web")
    deck.wait_for_web()


def settled(deck: Deck) -> bool:
    return "claimed" not in {state for state, _ in launches(deck)}


def test_no_kill_loses_or_doubles_a_run(tab: Page, deck: Deck, server: Server) -> None:
    wait_until("the first back-fill", lambda: mirrored_ids(deck), 60)
    wait_until("all is mirrored", lambda: set(upstream_ids(deck, server)) <= mirrored_ids(deck))
    before = upstream_ids(deck, server)

    launch(tab, server.quick)
    deck.kill("worker")
    wait_for_status(tab, "completed", 90)

    launch(tab, server.quick)
    deck.kill("web")
    wait_for_status(tab, "completed", 90)

    long_one = launch(tab, server.slow)
    wait_for_status(tab, "running", 60)
    server.kill_api(deck)
    launch(tab, server.quick)
    wait_for_status(tab, "completed", 120)
    tab.goto(f"/runs/{long_one}/")
    tab.locator("#run-head").get_by_role("button", name="Cancel").click()
    tab.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    wait_for_status(tab, "canceled", 30)

    press_and_kill_the_web(tab, deck, server)
    wait_until("every launch is settled", lambda: settled(deck), 180)
    nothing_lost_nothing_double(deck, server, before)
