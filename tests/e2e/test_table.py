"""The runs table in a browser: ticks, filters and menus while rows change, with keys alone, told
to those who do not see it, and without scripts."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck
from tests.e2e.servers import Server
from tests.e2e.upstream import begin, control, mirrored

pytestmark = [pytest.mark.browser, ON_SANDBOX]
LISTEN = """() => {
  window.heard = [];
  const told = document.querySelector('[data-told]');
  new MutationObserver(() => window.heard.push([performance.now(), told.textContent]))
    .observe(told, {childList: true, characterData: true, subtree: true});
}"""
LONG = 40_000


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


def boxes(page: Page) -> list[str]:
    found: list[str] = page.locator("input[name=run]:checked").evaluate_all(
        "all => all.map(e => e.value)"
    )
    return found


def bar(page: Page) -> str:
    return page.locator("#bulk strong").inner_text()


def test_ticks_focus_scroll_and_open_menus_outlive_what_changes(
    tab: Page, deck: Deck, server: Server
) -> None:
    mirrored(deck)
    slow, other = begin(deck, server, 2)
    tab.goto("/runs/")
    for run_id in (slow, other):
        tab.locator(f"#row-{run_id} input").check()
    tab.get_by_text("Columns", exact=True).first.click()
    link = tab.locator("table.runs tbody th > a").nth(20)
    link.focus()
    tab.evaluate("scrollTo(0, 350)")
    place = "link => link.getBoundingClientRect().y"
    before = link.evaluate(place)
    control(deck, server, "advance", seconds=300)
    expect(tab.locator(f"#row-{slow} .pill")).to_have_text("Completed", timeout=LONG)
    begin(deck, server, 1, title=server.quick)
    expect(tab.locator("[data-load]")).to_have_text("1 new run", timeout=LONG)
    assert sorted(boxes(tab)) == sorted([slow, other])
    assert bar(tab) == "2 selected"
    expect(link).to_be_focused()
    expect(tab.get_by_role("button", name="Show")).to_be_visible()
    assert tab.evaluate("scrollY") == 350
    assert link.evaluate(place) == before


def test_all_rows_are_ticked_at_once_and_the_bar_says_what_is_meant(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    tab.goto("/runs/?status=completed")
    every = tab.get_by_label("Tick all on this page")
    every.check()
    assert bar(tab) == "50 selected"
    tab.locator("input[name=run]").nth(3).uncheck()
    assert every.evaluate("box => [box.checked, box.indeterminate]") == [False, True]
    tab.get_by_label("All that match the filter").check()
    assert bar(tab) == "All selected"
    tab.get_by_role("button", name="Untick all").click()
    assert (boxes(tab), bar(tab)) == ([], "0 selected")
    expect(tab.locator("#bulk")).not_to_have_class(re.compile("is-raised"))


def test_an_export_holds_up_nothing_and_enter_in_a_box_presses_no_button(
    tab: Page, deck: Deck
) -> None:
    mirrored(deck)
    tab.goto("/runs/?status=completed")
    box = tab.locator("input[name=run]").first
    box.check()
    with tab.expect_download() as file:
        tab.get_by_role("button", name="CSV").click()
    assert file.value.suggested_filename.endswith(".csv")
    with tab.expect_navigation():
        box.press("Enter")
    assert tab.url.endswith("/runs/?status=completed")
    assert deck.query("SELECT count(*) FROM dashboard_activity WHERE verb LIKE 'retr%'") == [(0,)]
    expect(tab.locator("#bulk strong")).to_have_text("1 selected")
    tab.get_by_role("button", name="Retry…").click()
    expect(tab.get_by_role("heading", name="Retry 1 run?")).to_be_visible()


def test_everything_in_the_panel_is_done_with_keys_alone(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    press = tab.keyboard.press
    tab.goto("/runs/")
    tab.get_by_role("combobox", name="Status").focus()
    for _ in range(2):
        press("ArrowDown")
    assert tab.url.endswith("/runs/")  # on the way to the choice that is meant
    press("Enter")
    tab.wait_for_url("**/runs/?status=failed*")
    tab.get_by_role("combobox", name="Agent").focus()
    tab.keyboard.type("stock w")
    expect(tab.locator("#agents option")).to_have_count(1)
    expect(tab.locator("#agents option")).to_have_attribute("value", "Stock watch")
    tab.keyboard.type("atch")
    press("Enter")
    tab.wait_for_url(re.compile(r"status=failed&agent=wpid_"))
    expect(tab.get_by_role("combobox", name="Agent")).to_have_value("Stock watch")
    tab.get_by_role("button", name="More filters").press("Enter")
    expect(tab.get_by_role("combobox", name="Started by")).to_be_focused()
    tab.get_by_label("Tag", exact=True).focus()
    tab.keyboard.type("nobody has this")
    press("Enter")
    expect(tab.get_by_text("together they hide every run")).to_be_visible()
    tab.get_by_role("link", name="Remove the filter Tag").press("Enter")
    expect(tab.locator(".chips li")).to_have_count(3)
    expect(tab.locator("table.runs tbody tr").first).to_contain_text("Stock watch")
    tab.get_by_role("link", name="Clear all").press("Enter")
    expect(tab.locator(".chips")).to_have_count(0)


def test_an_agent_nobody_knows_is_told_and_leads_to_those_that_may_be_meant(
    tab: Page, deck: Deck
) -> None:
    mirrored(deck)
    tab.goto("/runs/?status=completed")
    tab.get_by_role("combobox", name="Agent").fill("invoi")
    tab.get_by_role("button", name="Filter", exact=True).click()
    expect(tab.get_by_text("No agent has the title or id “invoi”.")).to_be_visible()
    expect(tab.get_by_role("combobox", name="Agent")).to_have_value("invoi")
    tab.get_by_role("link", name="Invoice download").first.click()
    tab.wait_for_url(re.compile(r"status=completed&agent=wpid_"))
    expect(tab.locator(".chips li").nth(1)).to_contain_text("Agent Invoice download")


def test_what_changes_is_told_seldom_and_never_twice(tab: Page, deck: Deck, server: Server) -> None:
    mirrored(deck)
    tab.goto("/runs/?status=live")
    tab.evaluate(LISTEN)
    begin(deck, server, 2)
    told = tab.locator("[data-told]")
    expect(told).to_have_text(re.compile(r"\b[12] runs?; [12] (running|queued)"), timeout=LONG)
    expect(tab).to_have_title(re.compile(r"^\(\d+\) Runs · Skydeck$"), timeout=LONG)
    for _ in range(3):
        control(deck, server, "advance", seconds=50)
        tab.wait_for_timeout(5000)
    expect(told).to_have_text("No runs.", timeout=LONG)
    heard = tab.evaluate("window.heard")
    times, texts = [at for at, _ in heard], [text for _, text in heard]
    assert all(later - earlier > 9_900 for earlier, later in pairwise(times))
    assert all(one != other for one, other in pairwise(texts))


def test_without_scripts_the_panel_is_links_and_plain_fields(browser: Browser, deck: Deck) -> None:
    mirrored(deck)
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page)
        page.goto("/runs/")
        page.get_by_role("combobox", name="Agent").fill("stock watch")
        page.get_by_role("combobox", name="Created").select_option("30d")
        page.get_by_role("button", name="More filters").click()
        page.wait_for_url(re.compile("agent=wpid_.*&last=30d.*&more=1"))
        page.get_by_label("Took at least (seconds)").fill("2")
        page.get_by_role("button", name="Filter", exact=True).click()
        chips = page.locator(".chips li")
        expect(chips.nth(0)).to_contain_text("Agent Stock watch")
        expect(chips.nth(1)).to_contain_text(re.compile("Created Last 30 days since [A-Z]"))
        expect(chips.nth(2)).to_contain_text("Took at least 2s")
        page.get_by_role("link", name="Remove the filter Agent").click()
        expect(chips).to_have_count(3)
        expect(page.get_by_role("combobox", name="Agent")).to_have_value("")
        page.get_by_role("combobox", name="Agent").fill("sto")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("link", name="Stock watch").first.click()
        expect(chips.nth(0)).to_contain_text("Agent Stock watch")
