"""In a real browser: what Skyvern has lost is still shown and played, and its absence explained."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import servers
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages
from tests.e2e.test_journey import plays_and_seeks

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> servers.Server:
    """The sandbox, with a store beside it that keeps everything."""
    folder = tmp_path_factory.mktemp("evidence")
    kept = {"EVIDENCE_STORE": str(folder), "EVIDENCE_KEEP": "all"}
    return replace(servers.sandbox(), environment=kept)


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


def kept_run(deck: Deck, server: servers.Server) -> str:
    """A run that nobody has looked at yet, whose files are all kept and gone upstream."""
    [(agent,)] = wait_until(
        "the agent is mirrored",
        lambda: deck.query("SELECT wpid FROM runs_workflow WHERE title = 'Invoice download'"),
    )
    with server.api(deck) as api:
        started = api.post("/v1/run/agents", json={"workflow_id": agent}).json()["run_id"]
        of_run = f"FROM runs_kept WHERE run_id = '{started}'"
        wait_until("its files are noted", lambda: deck.query(f"SELECT 1 {of_run}"), 90)

        def all_kept() -> bool:
            with closing(sqlite3.connect(deck.var / "skydeck.sqlite3", timeout=20)) as db, db:
                db.execute("UPDATE runs_kept SET lease_until = NULL WHERE state = 'waiting'")
            states = {state for (state,) in deck.query(f"SELECT state {of_run}")}
            return states == {"kept"} and len(deck.query(f"SELECT 1 {of_run}")) > 5

        wait_until("its files are kept", all_kept, 120)
        fault = {"kind": "expired", "times": None}
        api.post("/_sandbox/fault", json=fault).raise_for_status()
    return str(started)


def test_a_kept_recording_plays_when_skyvern_has_lost_it(
    tab: Page, deck: Deck, server: servers.Server
) -> None:
    run_id = kept_run(deck, server)
    tab.goto(f"/runs/{run_id}/?tab=files")
    expect(tab.locator("#downloads")).to_contain_text("kept here since")
    expect(tab.locator("#logs")).to_contain_text("kept here since")
    plays_and_seeks(tab.locator("#recording video").first)
    shot = tab.locator("#film img").first
    shot.scroll_into_view_if_needed()
    wait_until("a screenshot", lambda: shot.evaluate("e => e.complete && e.naturalWidth > 0"))
    [(artifact_id,)] = deck.query(
        f"SELECT max(artifact_id) FROM runs_artifact WHERE run_id = '{run_id}'"
        " AND type LIKE 'screenshot%'"
    )
    width = tab.evaluate(
        "src => { const e = new Image(); e.src = src; return e.decode().then(() => e.width); }",
        f"/artifacts/{artifact_id}/thumb/",
    )
    assert width == 320
    assert on_pages(tab, [f"/runs/{run_id}/?tab=files", "/artifacts/a_nobody/"], 1440) == {}
