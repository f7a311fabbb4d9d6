"""How a person likes the table: views, columns, order, pages; by keys alone and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck
from tests.e2e.upstream import mirrored

pytestmark = [pytest.mark.browser, ON_SANDBOX]

ROWS = "table.runs tbody tr"


def ids(page: Page) -> list[str]:
    rows = page.locator(ROWS)
    expect(rows.first).to_be_attached()
    found: list[str] = rows.evaluate_all("rows => rows.map(row => row.id)")
    return found


def test_a_view_is_kept_opened_first_and_deleted_with_keys_alone(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    tab.goto("/runs/?status=failed&sort=duration")
    views = tab.locator("summary", has_text="Views")
    views.press("Enter")
    name = tab.get_by_label("Save what is shown now as")
    expect(name).to_be_visible()
    name.press_sequentially("Fast failures")
    for box in ("Share with everyone", "Open it first, for me"):
        tab.get_by_label(box).press("Space")
    name.press("Enter")
    expect(tab.get_by_text("Saved the view “Fast failures”.")).to_be_visible()
    shown = ids(tab)
    tab.goto("/runs/")
    chip = tab.get_by_role("link", name="Fast failures")
    expect(chip).to_have_attribute("aria-current", "true")
    assert ids(tab) == shown
    views.press("Enter")
    tab.get_by_role("button", name="Delete").press("Enter")
    expect(chip).to_have_count(0)
    tab.goto("/runs/")
    expect(tab.locator(".chips")).to_have_count(0)


def test_columns_order_and_pages_are_chosen_with_keys_alone(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    tab.goto("/runs/?all=1")
    tab.locator("summary", has_text="Columns").press("Enter")
    tab.get_by_label("Queue wait").press("Space")
    tab.get_by_label("Dense").press("Space")
    tab.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(tab.locator("table.runs thead")).to_contain_text("Queue wait")
    first = ids(tab)
    tab.get_by_role("link", name="Older").press("Enter")
    tab.wait_for_url(re.compile("older="))
    second = ids(tab)
    assert not set(first) & set(second)
    tab.get_by_role("link", name="Newer").press("Enter")
    tab.wait_for_url(re.compile("newer="))
    assert ids(tab) == first
    tab.get_by_role("columnheader", name="Duration").get_by_role("link").press("Enter")
    tab.wait_for_url(re.compile("sort="))
    assert ids(tab) != first


def test_without_scripts_views_and_columns_are_a_page_of_forms(
    browser: Browser, deck: Deck
) -> None:
    mirrored(deck)
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page)
        page.goto("/runs/?status=completed")
        page.locator("summary", has_text="Views").click()
        page.get_by_role("link", name="Keep this view").click()
        page.get_by_label("Save what is shown now as").fill("All good")
        page.get_by_role("button", name="Save view").click()
        expect(page.get_by_text("Saved the view “All good”.")).to_be_visible()
        page.goto("/runs/?status=failed")
        page.get_by_role("link", name="All good").click()
        page.wait_for_url(re.compile(r"status=completed"))
        page.locator("summary", has_text="Columns").click()
        page.get_by_role("link", name="Choose columns").click()
        page.get_by_label("Ended").check()
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url(re.compile(r"status=completed"))
        expect(page.locator("table.runs thead")).to_contain_text("Ended")
        shown = ids(page)
        page.get_by_role("link", name="Older").click()
        page.wait_for_url(re.compile("older="))
        assert not set(shown) & set(ids(page))
        page.get_by_role("link", name="Newer").click()
        page.wait_for_url(re.compile("newer="))
        assert ids(page) == shown
