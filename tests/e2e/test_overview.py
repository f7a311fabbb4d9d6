"""The first page in a browser: kept up while it is looked at, by keyboard, and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages
from tests.e2e.launching import launch
from tests.e2e.servers import Server

pytestmark = [pytest.mark.browser, ON_SANDBOX]
ROWS = "table.runs tbody tr"


FAILED = "SELECT count(*) FROM runs_run WHERE phase = 'failed'"


def mirrored(deck: Deck) -> None:
    """Back-filled: the runs that the sandbox began with are all there, and failures among them."""
    done = "SELECT 1 FROM dashboard_feed WHERE name = 'history' AND cursor LIKE '%\"done\": true%'"
    wait_until("the history is read", lambda: deck.query(done), 60)


def failures(page: Page) -> int:
    return int(page.locator(".headline strong").inner_text())


def test_a_failure_is_added_while_the_page_is_open(tab: Page, deck: Deck, server: Server) -> None:
    mirrored(deck)
    failed = deck.query(FAILED)[0][0]
    launch(tab, server.failing)
    wait_until("it has failed", lambda: deck.query(FAILED)[0][0] > failed, 30)
    tab.goto("/")
    expect(tab.locator(".attention .list")).to_contain_text(server.failing)
    before = failures(tab)
    bar = tab.locator(".agents a.bar").last
    bar.focus()
    launch(tab.context.new_page(), server.failing)
    expect(tab.locator(".headline strong")).to_have_text(str(before + 1), timeout=30_000)
    expect(bar).to_be_focused()
    # The row says why it failed, and the number leads to just what it counts.
    expect(tab.locator(".attention .list > li").first).to_contain_text(server.reason)
    tab.locator(".headline > p > a").click()
    expect(tab.locator(ROWS)).to_have_count(before + 1)


def test_each_bar_is_told_of_and_reached_by_keyboard(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    tab.goto("/")
    row = tab.locator(".agents tbody tr").nth(1)
    row.locator("a.row-link").focus()
    for _ in range(4):
        tab.keyboard.press("Tab")
        if tab.locator("a.bar:focus").count():
            break
    label = tab.locator("a.bar:focus").get_attribute("aria-label") or ""
    expect(tab.locator("#tip")).to_contain_text(label.partition(":")[0])
    tab.keyboard.press("j")
    expect(tab.locator(".agents tbody tr").nth(2).locator("a.row-link")).to_be_focused()
    tab.keyboard.press("k")
    row.locator("a.bar").first.press("Enter")
    tab.wait_for_url(re.compile(r"/runs/\?agent=.*&from=.*&to="))
    runs = re.findall(r": (\d+) run", label)[0]
    expect(tab.locator(ROWS)).to_have_count(int(runs))


@pytest.mark.parametrize("width", [1024, 820, 390, 320])
def test_it_is_accessible_and_fits(tab: Page, deck: Deck, width: int) -> None:
    mirrored(deck)
    [(agent,)] = deck.query("SELECT min(workflow_id) FROM runs_tally WHERE workflow_id > ''")
    assert on_pages(tab, ["/", "/agents/", f"/agents/{agent}/"], width) == {}


def test_without_scripts_the_number_leads_to_what_it_counts(browser: Browser, deck: Deck) -> None:
    mirrored(deck)
    context = browser.new_context(base_url=deck.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page)
    number = failures(page)
    assert number
    page.locator(".headline > p > a").click()
    expect(page.locator(ROWS)).to_have_count(number)
    context.close()
