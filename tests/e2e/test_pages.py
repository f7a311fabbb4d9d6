"""Every page in both themes and on a phone; the main job without scripts, and without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import reach
from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages

pytestmark = [pytest.mark.browser, ON_SANDBOX]

RUN_URL = re.compile(r"/runs/[^/?]+/$")
TABS = ("", *(f"?tab={tab}" for tab in ("output", "inputs", "files", "notes", "raw")))
KINDS = ("completed", "failed", "terminated", "timed_out", "canceled")


def mirrored(deck: Deck) -> None:
    """Back-filled: until then the lists have no rows to be looked at."""
    tables = "runs_run JOIN runs_workflow JOIN schedules_schedule JOIN schedules_fire"
    wait_until("all tables have rows", lambda: deck.query(f"SELECT 1 FROM {tables} LIMIT 1"), 60)
    wait_until("each kind of run", lambda: len(runs_of_each_kind(deck)) == len(KINDS), 60)


def runs_of_each_kind(deck: Deck) -> list[str]:
    rows = deck.query("SELECT status, max(run_id) FROM runs_run GROUP BY status")
    return [run_id for status, run_id in rows if status in KINDS]


def paths(deck: Deck) -> list[str]:
    runs = runs_of_each_kind(deck)
    [(odd,)] = deck.query("SELECT wpid FROM runs_workflow WHERE title LIKE 'Odd names%'")
    [(typed,)] = deck.query("SELECT wpid FROM runs_workflow WHERE title LIKE 'Every param%'")
    [(failure,)] = deck.query("SELECT min(id) FROM runs_failuregroup")
    [(schedule,)] = deck.query("SELECT min(schedule_id) FROM schedules_schedule")
    [(fire_of, fire)] = deck.query("SELECT schedule_id, min(id) FROM schedules_fire")
    [(odd_run,)] = deck.query(f"SELECT max(run_id) FROM runs_run WHERE workflow_id = '{odd}'")
    return [
        *("/", "/runs/", "/runs/?q=no-such-run", "/agents/", "/schedules/", "/activity/"),
        *("/failures/", "/failures/?q=no-such-failure", f"/failures/{failure}/"),
        *("/jump/?q=price", "/password/", "/nowhere/"),
        *(f"/runs/{run_id}/" for run_id in [*runs, odd_run]),
        *(f"/runs/{runs[0]}/{tab}" for tab in TABS[1:]),
        *(f"/agents/{odd}/", f"/agents/{typed}/launch/"),
        *("/schedules/new/", f"/schedules/new/?agent={typed}"),
        f"/schedules/new/?from={schedule}",
        *(f"/schedules/{schedule}/", f"/schedules/{schedule}/edit/"),
        *(f"/schedules/{schedule}/{what}/" for what in ("fires", "pause", "resume", "vital")),
        *(f"/schedules/{schedule}/delete/", f"/schedules/{fire_of}/fires/{fire}/run/"),
        *("/schedules/bulk/?verb=pause&all=1", "/schedules/bulks/"),
        *(f"/schedules/{schedule}/fires/", "/schedules/fires/", "/schedules/fires/?state=missed"),
        *("/schedules/coming/", "/schedules/calendar/"),
    ]


@pytest.mark.parametrize("width", [1440, 360])
def test_every_page_is_accessible_and_fits_in_both_themes(
    tab: Page, deck: Deck, width: int
) -> None:
    mirrored(deck)
    assert on_pages(tab, paths(deck), width) == {}


def launch(tab: Page, title: str) -> None:
    tab.goto("/agents/")
    tab.get_by_role("link", name=title, exact=True).click()
    tab.get_by_role("link", name="Launch").first.click()
    tab.get_by_role("button", name=f"Launch {title}").click()
    tab.wait_for_url(RUN_URL)


def test_without_scripts_everything_is_done_by_plain_forms(plain: Page, deck: Deck) -> None:
    mirrored(deck)
    plain.goto("/runs/")
    plain.get_by_label("Status").select_option("terminated")
    with plain.expect_navigation():
        plain.get_by_role("button", name="Filter", exact=True).click()
    pills = plain.locator("table.runs tbody .pill")
    assert {text.strip() for text in pills.all_inner_texts()} == {"Terminated"}

    launch(plain, "Slow crawl")
    with plain.expect_navigation():
        plain.get_by_role("button", name="Cancel").click()

    def canceled() -> bool:
        plain.reload()
        return "Canceled" in plain.locator("#run-head .pill").first.inner_text()

    wait_until("the run is canceled", canceled, 30)
    [(agent,)] = deck.query("SELECT wpid FROM runs_workflow WHERE title = 'Price feed'")
    plain.goto(f"/schedules/new/?agent={agent}")
    plain.get_by_label("Name", exact=True).fill("Made without scripts")
    plain.get_by_label(re.compile("^Cron")).fill("7 3 * * *")
    plain.get_by_role("button", name="Create the schedule").click()
    expect(plain.get_by_role("heading", level=1, name="Made without scripts")).to_be_visible()
    plain.get_by_role("button", name="Delete").click()
    plain.goto("/schedules/")
    expect(plain.get_by_text("Made without scripts", exact=True)).to_have_count(0)


def test_without_a_mouse_a_run_is_opened_and_another_launched(tab: Page, deck: Deck) -> None:
    mirrored(deck)
    press = tab.keyboard.press
    tab.goto("/runs/")
    press("Tab")
    expect(tab.get_by_role("link", name="Skip to the page")).to_be_focused()
    press("/")
    expect(tab.get_by_role("searchbox", name="Text")).to_be_focused()
    tab.keyboard.type("Invoice")
    press("Enter")
    tab.wait_for_url("**/runs/?*q=Invoice*")
    for key in "jjk":
        press(key)
    first = tab.locator("table.runs tbody th > a").first
    expect(first).to_be_focused()
    press("Enter")
    tab.wait_for_url(RUN_URL)

    press("Control+k")
    tab.keyboard.type("Price feed")
    expect(tab.locator("#jump a.row-link", has_text="Price feed").first).to_be_visible()
    press("Enter")
    tab.wait_for_url(re.compile("/agents/"))
    reach(tab, "Launch")
    press("Enter")
    tab.wait_for_url("**/launch/")
    reach(tab, "Launch Price feed")
    press("Enter")
    tab.wait_for_url(RUN_URL)
    expect(tab.get_by_role("heading", level=1, name="Price feed")).to_be_visible()


def test_a_poll_asks_past_what_the_browser_has_kept(tab: Page) -> None:
    """Of the same address it may have the whole page, which Firefox shows for "not modified"."""
    with tab.expect_request(lambda request: "hx-ptag" in request.headers) as asked:
        tab.goto("/runs/")
    assert asked.value.all_headers()["cache-control"] == "no-cache"
