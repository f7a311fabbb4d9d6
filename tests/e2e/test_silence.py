"""That nothing fires any more comes onto an open page by itself, and goes again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages

pytestmark = [pytest.mark.browser, ON_SANDBOX]

MISSED = """INSERT INTO schedules_fire
    (schedule_id, due_at, state, cause, outcome, is_backfilled, settled_at)
    SELECT schedule_id, ?, 'missed', 'silent', '', 0, ? FROM schedules_schedule LIMIT 2"""
LOOK_AT_ALL = """UPDATE dashboard_feed SET cursor = json_remove(cursor, '$.swept_at')
    WHERE name = 'ledger'"""
NOTED = """SELECT json_extract(cursor, '$.silence.told') IS NOT NULL FROM dashboard_feed
    WHERE name = 'ledger'"""
MOMENT = "%Y-%m-%d %H:%M:%S.%f"


def write(deck: Deck, sql: str, *values: str) -> None:
    """Into its database, beside its own programs."""
    with closing(sqlite3.connect(deck.var / "skydeck.sqlite3", timeout=20)) as db, db:
        db.execute(sql, values)


def noted(deck: Deck) -> bool:
    """Nothing was settled here that would make the ledger look for it; so it is asked to."""
    write(deck, LOOK_AT_ALL)
    return deck.query(NOTED) == [(1,)]


def test_a_page_that_is_open_says_that_nothing_fires_and_stops_saying_so(
    tab: Page, deck: Deck
) -> None:
    two = "SELECT 1 FROM schedules_schedule LIMIT 2"
    wait_until("there are schedules", lambda: len(deck.query(two)) == 2, 60)
    tab.goto("/agents/")
    banner = tab.locator("#silence")
    expect(banner).to_be_empty()
    due = datetime.now(UTC) + timedelta(seconds=1)  # after whatever has begun so far
    write(deck, MISSED, f"{due:{MOMENT}}", f"{due:{MOMENT}}")
    wait_until("the ledger has noted it", lambda: noted(deck), 15)
    expect(banner).to_contain_text("Nothing has fired although 2 fires were due", timeout=15_000)
    banner.get_by_role("link", name="Which ones").focus()
    tab.wait_for_timeout(3000)  # polled meanwhile, the banner is left as it is
    expect(banner.get_by_role("link")).to_be_focused()
    assert on_pages(tab, ["/schedules/", "/schedules/fires/?state=missed"], 360) == {}
    tab.goto("/agents/")
    expect(banner).to_contain_text("of 2 schedules")
    write(deck, "DELETE FROM schedules_fire WHERE cause = 'silent'")
    expect(banner).to_be_empty(timeout=15_000)
