"""A launch whose answer was lost: found again by itself, or offered again with the risk said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck
from tests.e2e.launching import RUN_URL, open_agent
from tests.e2e.servers import Server
from tests.e2e.upstream import control

pytestmark = [pytest.mark.browser, ON_SANDBOX]

POST = "/v1/run/agents"
LONG = 90_000


def press(tab: Page, title: str) -> None:
    open_agent(tab, title)
    tab.get_by_role("link", name="Launch").first.click()
    tab.get_by_role("button", name=f"Launch {title}").click()


def runs_of(deck: Deck, server: Server, title: str) -> int:
    [(wpid,)] = deck.query(f"SELECT wpid FROM runs_workflow WHERE title = '{title}'")
    with server.api(deck) as api:
        found = api.get(f"/v1/workflows/{wpid}/runs", params={"page_size": 1000})
        return len(found.raise_for_status().json())


def test_a_run_whose_answer_was_lost_is_gone_on_to_once_it_is_found(
    tab: Page, deck: Deck, server: Server
) -> None:
    open_agent(tab, server.slow)
    before = runs_of(deck, server, server.slow)
    control(deck, server, "fault", kind="cut", path=POST, times=1)
    press(tab, server.slow)
    expect(tab.get_by_role("heading", name="It may have started")).to_be_visible(timeout=LONG)
    tab.wait_for_url(RUN_URL, timeout=LONG)
    expect(tab.locator("#run-head")).to_contain_text("admin", timeout=LONG)
    assert runs_of(deck, server, server.slow) == before + 1


def test_without_scripts_one_that_never_began_is_offered_again_with_its_risk(
    browser: Browser, deck: Deck, server: Server
) -> None:
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        tab = context.new_page()
        log_in(tab)
        open_agent(tab, server.quick)
        before = runs_of(deck, server, server.quick)
        control(deck, server, "fault", kind="drop", path=POST, times=1)
        press(tab, server.quick)
        expect(tab.get_by_role("heading", name="It may have started")).to_be_visible()
        again = tab.get_by_role("link", name="Launch again…")
        for _ in range(40):
            if again.count():
                break
            tab.wait_for_timeout(2_000)
            tab.reload()
        expect(tab.get_by_text("there will be two runs")).to_be_visible()
        again.click()
        tab.get_by_role("button", name=f"Launch {server.quick}").click()
        tab.wait_for_url(RUN_URL)
        assert runs_of(deck, server, server.quick) == before + 1
