"""The editor of schedules in a browser: built, written, previewed across a change of the clocks,
reviewed and saved; with a mouse, with keys alone, without scripts, and accessible all along."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from schedules import cron
from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import in_both_themes
from tests.e2e.staging import walk_to

pytestmark = [pytest.mark.browser, ON_SANDBOX]
BERLIN = "Europe/Berlin"


@pytest.fixture
def new(deck: Deck) -> str:
    """Where a schedule of a quick agent is made."""
    query = "SELECT wpid FROM runs_workflow WHERE title = 'Price feed' AND seen_at IS NOT NULL"
    wait_until("the agent is mirrored", lambda: deck.query(query), 60)
    [(wpid,)] = deck.query(query)
    return f"/schedules/new/?agent={wpid}"


def day_of_change() -> int:
    """The day of the month on which Berlin's clocks change next."""
    now = datetime.now(UTC)
    change = next(cron.changes(ZoneInfo(BERLIN), now, now + timedelta(days=366)))
    return change.at.astimezone(ZoneInfo(BERLIN)).day


def field(tab: Page, name: str) -> Locator:
    return tab.locator(f"#when [name={name}]")


def expect_built(tab: Page, rhythm: str, at: str) -> None:
    expect(field(tab, "rhythm")).to_have_value(rhythm)
    expect(field(tab, "at")).to_have_value(at)


def test_by_mouse_it_is_built_written_previewed_reviewed_and_saved(tab: Page, new: str) -> None:
    name, day = "Built by mouse", day_of_change()
    tab.goto(new)
    tab.get_by_label("Name", exact=True).fill(name)
    field(tab, "rhythm").select_option("monthly")
    field(tab, "day").fill(str(day))
    field(tab, "at").fill("09:15")
    expect(field(tab, "cron")).to_have_value(f"15 9 {day} * *")
    expect(tab.locator("#preview")).to_contain_text("the clocks change that day")
    expect(tab.locator("#preview .fires tbody tr")).not_to_have_count(0)

    field(tab, "cron").fill("30 18 * * 1,5")
    expect_built(tab, "weekly", "18:30")
    expect(tab.locator("#when [name=days]:checked")).to_have_count(2)
    expect(tab.locator("#preview .week li")).to_have_count(7)
    expect(tab.get_by_label("Written by hand")).to_be_checked()
    field(tab, "cron").fill("0 9,17 * * *")
    expect(field(tab, "rhythm")).to_have_value("custom")

    field(tab, "timezone").fill("CET")
    tab.get_by_role("button", name="Europe/Paris").click()
    expect(field(tab, "timezone")).to_have_value("Europe/Paris")
    expect(tab.locator("output.picked").first).to_contain_text("France · CE")
    field(tab, "rhythm").select_option("weekdays")
    field(tab, "at").fill("07:45")
    expect(field(tab, "cron")).to_have_value("45 7 * * 1-5")
    assert in_both_themes(tab) == []
    tab.get_by_role("button", name="Create the schedule").click()
    expect(tab.get_by_role("heading", level=1, name=name)).to_be_visible()

    tab.get_by_role("link", name="Edit").click()
    expect_built(tab, "weekdays", "07:45")
    field(tab, "at").fill("08:00")
    tab.get_by_role("button", name="Review the changes").click()
    expect(tab.get_by_role("heading", level=1, name=f"Review: {name}")).to_be_visible()
    expect(tab.locator(".both .new")).to_have_count(10)
    expect(tab.locator(".both .removed")).to_have_count(10)
    assert in_both_themes(tab) == []
    tab.get_by_role("button", name="Save the changes").click()
    expect(tab.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(tab.get_by_role("main")).to_contain_text("0 8 * * 1-5")


def typed_over(tab: Page, words: str) -> None:
    tab.keyboard.press("Control+A")
    tab.keyboard.type(words)


def test_by_keys_alone_the_same(tab: Page, new: str) -> None:
    name, day, press = "Built by keys", day_of_change(), tab.keyboard.press
    tab.goto(new)
    walk_to(tab, "[name=name]")
    tab.keyboard.type(name)
    walk_to(tab, "[name=rhythm]")
    tab.keyboard.type("On a day")
    walk_to(tab, "[name=day]")
    typed_over(tab, str(day))
    walk_to(tab, "[name=at]")
    tab.keyboard.type("0915")
    expect(field(tab, "cron")).to_have_value(f"15 9 {day} * *")
    expect(tab.locator("#preview")).to_contain_text("the clocks change that day")
    walk_to(tab, "[name=cron]")
    typed_over(tab, "30 18 * * 1#2")
    expect_built(tab, "nth", "18:30")
    expect(field(tab, "place")).to_have_value("2")
    walk_to(tab, ".schedule-form .btn.primary")
    press("Enter")
    expect(tab.get_by_role("heading", level=1, name=name)).to_be_visible()

    walk_to(tab, "a[href$='/edit/']")
    press("Enter")
    expect_built(tab, "nth", "18:30")
    walk_to(tab, "[name=place]")
    press("ArrowDown")
    expect(field(tab, "cron")).to_have_value("30 18 * * 1#3")
    walk_to(tab, ".schedule-form .btn.primary")
    press("Enter")
    expect(tab.get_by_role("heading", level=1, name=f"Review: {name}")).to_be_visible()
    walk_to(tab, "[name=confirm]")
    press("Enter")
    expect(tab.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(tab.get_by_role("main")).to_contain_text("30 18 * * 1#3")


def test_without_scripts_buttons_do_the_same(plain: Page, new: str) -> None:
    plain.goto(new)
    plain.get_by_label("Name", exact=True).fill("Built without scripts")
    field(plain, "rhythm").select_option("last")
    field(plain, "at").fill("22:00")
    field(plain, "timezone").fill("PST")
    plain.get_by_role("button", name="Preview the fires").click()
    expect(field(plain, "cron")).to_have_value("0 22 L * *")
    plain.get_by_role("button", name="America/Los_Angeles").click()
    expect(field(plain, "timezone")).to_have_value("America/Los_Angeles")
    expect(plain.locator("#preview .fires tbody tr")).not_to_have_count(0)
    plain.get_by_role("button", name="Create the schedule").click()
    expect(plain.get_by_role("heading", level=1, name="Built without scripts")).to_be_visible()
    plain.get_by_role("link", name="Edit").click()
    field(plain, "cron").fill("0 21 L * *")
    plain.get_by_role("button", name="Review the changes").click()
    plain.get_by_role("button", name="Back to the form").click()
    expect(field(plain, "at")).to_have_value("21:00")
    plain.get_by_role("button", name="Review the changes").click()
    plain.get_by_role("button", name="Save the changes").click()
    expect(plain.get_by_role("main")).to_contain_text("0 21 L * *")


def test_a_change_from_elsewhere_is_merged_by_the_person(
    tab: Page, browser: Browser, deck: Deck, new: str
) -> None:
    tab.goto(new)
    tab.get_by_label("Name", exact=True).fill("For two")
    tab.get_by_role("button", name="Create the schedule").click()
    expect(tab.get_by_role("heading", level=1, name="For two")).to_be_visible()
    place = f"{tab.url}edit/"
    tab.goto(place)
    with browser.new_context(base_url=deck.url) as context:
        other = context.new_page()
        log_in(other)
        other.goto(place)
        other.get_by_label("Name", exact=True).fill("Theirs")
        other.get_by_label("Description").fill("added by them")
        other.get_by_role("button", name="Review the changes").click()
        other.get_by_role("button", name="Save the changes").click()
        expect(other.get_by_role("heading", level=1, name="Theirs")).to_be_visible()
    tab.get_by_label("Name", exact=True).fill("Mine")
    tab.get_by_role("button", name="Review the changes").click()
    expect(tab.get_by_role("heading", level=1, name=re.compile("^Two changes"))).to_be_visible()
    assert in_both_themes(tab) == []
    tab.get_by_label("Use mine").check()
    tab.get_by_role("button", name="Review the merged schedule").click()
    expect(tab.locator(".changes tbody tr")).to_have_count(1)
    tab.get_by_role("button", name="Save the changes").click()
    expect(tab.get_by_role("heading", level=1, name="Mine")).to_be_visible()
    expect(tab.get_by_role("main")).to_contain_text("added by them")
