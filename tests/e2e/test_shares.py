"""A run is shared with someone who has no account, and the link is ended."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import watched
from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages
from tests.e2e.test_journey import plays_and_seeks

pytestmark = [pytest.mark.browser, ON_SANDBOX]

ENDED = "This link has ended"


@pytest.fixture
def stranger(browser: Browser, deck: Deck) -> Iterator[Page]:
    """A tab of someone who has never logged in."""
    with watched(browser, deck.url) as page:
        yield page


def run_of(deck: Deck, title: str, status: str) -> str:
    found = f"""
        SELECT r.run_id FROM runs_run AS r JOIN runs_workflow AS w ON w.wpid = r.workflow_id
        WHERE w.title = '{title}' AND r.status = '{status}' ORDER BY r.place DESC LIMIT 1
    """
    [(run_id,)] = wait_until(f"a {status} run of {title}", lambda: deck.query(found), 90)
    return str(run_id)


def share(page: Page, deck: Deck, run_id: str, lifetime: str = "7 days") -> str:
    """Make a link as a person does; the address that the page then shows."""
    page.goto(f"/runs/{run_id}/")
    files = f"SELECT 1 FROM runs_rundetail WHERE run_id = '{run_id}'"
    wait_until("its detail is read", lambda: deck.query(files))
    page.get_by_role("link", name="Share", exact=True).press("Enter")
    card = page.locator("#share")
    card.get_by_label("A link that lasts").select_option(lifetime)
    card.get_by_role("button", name="Make the link").press("Enter")
    address = card.get_by_label(re.compile("^Address of the link")).first
    expect(address).to_be_visible()
    return address.input_value()


def test_a_stranger_looks_at_a_run_until_the_link_is_revoked(
    tab: Page, stranger: Page, deck: Deck
) -> None:
    address = share(tab, deck, run_of(deck, "Invoice download", "completed"))
    assert address.startswith(f"{deck.url}/shared/")
    stranger.goto(address)
    expect(stranger.get_by_role("heading", level=1, name="Invoice download")).to_be_visible()
    expect(stranger.locator("#run-head")).to_contain_text("Shared by admin")
    stranger.evaluate("window.here = true")
    steps = stranger.locator(".steps a[data-step]")
    last = steps.nth(steps.count() - 1)
    last.press("Enter")
    expect(last).to_have_attribute("aria-current", "true")
    expect(last).to_be_focused()
    assert "?step=" in stranger.url
    assert stranger.evaluate("window.here")

    stranger.locator(".film [data-shot]").first.press("Enter")
    box = stranger.locator("#lightbox")
    expect(box).to_be_visible()
    picture = box.locator("#lightbox-image")
    wait_until("it is a picture", lambda: picture.evaluate("e => e.naturalWidth > 0"))
    stranger.keyboard.press("ArrowRight")
    expect(box.locator("#lightbox-count")).to_have_text(re.compile("^2 of"))
    stranger.keyboard.press("Escape")
    expect(box).to_be_hidden()
    plays_and_seeks(stranger.locator("#recording video").first)
    assert [cookie["name"] for cookie in stranger.context.cookies()] == ["zone"]

    tab.reload()
    card = tab.locator("#share")
    expect(card).to_contain_text("Opened 1 time")
    card.get_by_role("button", name="Revoke").press("Enter")
    tab.get_by_role("button", name="Revoke the link", exact=True).press("Enter")
    expect(card).to_contain_text("There is no link to this run.")
    steps.first.click()
    expect(stranger.get_by_role("heading", name=ENDED)).to_be_visible()
    assert "Invoice" not in stranger.content()


def test_a_link_ends_by_itself_and_works_without_scripts(browser: Browser, deck: Deck) -> None:
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page)
        address = share(page, deck, run_of(deck, "Credential check", "failed"), "1 day")
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#run-failure .failure-shot img")).to_be_visible()
        page.locator(".steps a[data-step]").last.click()
        expect(page.locator(".steps a[data-step]").last).to_have_attribute("aria-current", "true")
        # A day later, as far as that link can tell.
        with closing(sqlite3.connect(f"{deck.var}/skydeck.sqlite3", timeout=20)) as database:
            database.execute("UPDATE runs_share SET expires_at = '2020-01-01'")
            database.commit()
        page.reload()
        expect(page.get_by_role("heading", name=ENDED)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_the_card_and_its_pages_are_accessible_and_fit_in_both_themes(
    tab: Page, stranger: Page, deck: Deck, width: int
) -> None:
    kinds = (("Invoice download", "completed"), ("Credential check", "failed"))
    runs = [run_of(deck, *kind) for kind in kinds]
    addresses = [share(tab, deck, run_id) for run_id in runs]
    assert on_pages(tab, [f"/runs/{runs[0]}/?tab=notes"], width) == {}
    assert on_pages(stranger, [*addresses, "/shared/none/"], width) == {}
