"""A schedule is paused with a reason, resumed, and what it missed is run; with a mouse, with keys
alone; many at once, and that undone."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import faults
from tests.e2e.servers import Server
from tests.e2e.staging import walk_to

pytestmark = [pytest.mark.browser, ON_SANDBOX]
LONG = 60_000
WHY = "The portal is down"
WHY_BOX = re.compile("^Why")
NAMES = (
    *("Hourly by mouse", "Hourly by keys", "Hourly without scripts"),
    *("Together 0", "Together 1", "Together 2"),
)
BULK = re.compile(r"/bulks/[0-9a-f-]{36}/$")


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


@pytest.fixture(scope="module")
def hourly(deck: Deck, server: Server) -> dict[str, str]:
    """Schedules by their names, whose next fires are in the ledger: waited for once. None fires
    within the half hour in which the tests are done with them."""
    quick = f"SELECT wpid FROM runs_workflow WHERE title = '{server.quick}'"
    [(wpid,)] = wait_until("the agent is mirrored", lambda: deck.query(quick))
    made, minute = {}, (datetime.now(UTC).minute + 30) % 60
    with server.api(deck) as api:
        for name in NAMES:
            body = {"cron_expression": f"{minute} * * * *", "timezone": "UTC", "name": name}
            answer = api.post(f"/v1/workflows/{wpid}/schedules", json=body).raise_for_status()
            made[name] = str(answer.json()["schedule"]["workflow_schedule_id"])
    among = ", ".join(f"'{schedule_id}'" for schedule_id in made.values())
    found = f"SELECT DISTINCT schedule_id FROM schedules_fire WHERE schedule_id IN ({among})"
    wait_until("their fires are expected", lambda: len(deck.query(found)) == len(made))
    return made


def time_passes(deck: Deck, schedule_id: str) -> None:
    """Three hours, for this schedule alone: its pause is that old, and what was due is settled."""
    own = f"schedule_id = '{schedule_id}'"
    with closing(sqlite3.connect(deck.var / "skydeck.sqlite3", timeout=20)) as database, database:
        early = "datetime({0}, '-3 hours')"
        database.execute(f"UPDATE schedules_pause SET begin = {early.format('begin')} WHERE {own}")
        database.execute(
            f"UPDATE schedules_fire SET due_at = {early.format('due_at')}"
            f" WHERE {own} AND due_at < datetime('now', '2 hours')"
        )
    skipped = f"SELECT count(*) FROM schedules_fire WHERE {own} AND state = 'skipped'"
    wait_until("the ledger has settled them", lambda: deck.query(skipped) == [(2,)])


def see_the_run(tab: Page, schedule_id: str) -> None:
    """The ledger links it, at the fire that it was run for; the other one has none."""
    tab.goto(f"/schedules/{schedule_id}/fires/")
    first, second = tab.locator("table.ledger tbody tr").all()
    expect(second).to_contain_text("Run it now")
    link = first.get_by_role("link", name="Run afterwards")
    link.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#run-head .pill").first).to_have_text("Completed", timeout=LONG)


def test_with_a_mouse_it_is_paused_resumed_and_the_last_missed_one_is_run(
    tab: Page, deck: Deck, hourly: dict[str, str]
) -> None:
    schedule_id = hourly["Hourly by mouse"]
    tab.goto("/schedules/?q=Hourly+by+mouse")
    tab.get_by_role("link", name=re.compile("Active ?: pause Hourly by mouse")).click()
    tab.get_by_role("button", name="Pause the schedule").click()
    expect(tab.get_by_role("alert")).to_contain_text("Say why")
    tab.get_by_label(WHY_BOX).fill(WHY)
    expect(tab.get_by_label("Date and time", exact=True)).to_be_hidden()
    tab.get_by_label("a date and time").check()
    expect(tab.get_by_label("Date and time", exact=True)).to_be_visible()
    expect(tab.get_by_text("By the clocks of Europe/Berlin.")).to_be_visible()
    tab.get_by_label("tomorrow morning").check()
    tab.get_by_role("button", name="Pause the schedule").click()
    tab.wait_for_url("**/schedules/?q=Hourly*")
    row = tab.locator(f"#schedule-{schedule_id}")
    expect(row).to_contain_text("Paused by admin")
    expect(row).to_contain_text(WHY)
    expect(row).to_contain_text("resumes")
    time_passes(deck, schedule_id)
    row.get_by_role("link", name=re.compile("Paused ?: resume")).click()
    expect(tab.get_by_text("2 fires were missed. Run")).to_be_visible()
    assert faults(tab) == []
    tab.get_by_label("the last one").check()
    tab.get_by_role("button", name="Resume the schedule").click()
    expect(tab.get_by_text("Started 1 run for what was missed.")).to_be_visible()
    expect(row).to_contain_text("Active")
    expect(row).not_to_contain_text(WHY)
    see_the_run(tab, schedule_id)


def test_with_keys_alone_it_is_paused_resumed_and_the_last_missed_one_is_run(
    tab: Page, deck: Deck, hourly: dict[str, str]
) -> None:
    press = tab.keyboard.press
    schedule_id = hourly["Hourly by keys"]
    tab.goto("/schedules/?q=Hourly+by+keys")
    walk_to(tab, f"#schedule-{schedule_id} .toggle")
    press("Enter")
    tab.wait_for_url("**/pause/**")
    walk_to(tab, "textarea[name=reason]")
    tab.keyboard.type(WHY)
    walk_to(tab, "input[name=until]")
    press("ArrowDown")
    expect(tab.get_by_label("in 1 hour")).to_be_checked()
    walk_to(tab, ".pause-form .btn.primary")
    press("Enter")
    row = tab.locator(f"#schedule-{schedule_id}")
    expect(row).to_contain_text(WHY)
    time_passes(deck, schedule_id)
    walk_to(tab, f"#schedule-{schedule_id} .toggle")
    press("Enter")
    tab.wait_for_url("**/resume/**")
    walk_to(tab, "input[name=run]")
    press("ArrowDown")
    expect(tab.get_by_label("the last one")).to_be_checked()
    walk_to(tab, ".pause-form .btn.primary")
    press("Enter")
    expect(tab.get_by_text("Started 1 run for what was missed.")).to_be_visible()
    expect(row).to_contain_text("Active")
    see_the_run(tab, schedule_id)


def test_ticked_ones_are_paused_together_and_that_is_undone(
    tab: Page, deck: Deck, server: Server, hourly: dict[str, str]
) -> None:
    one, two, third = (hourly[f"Together {n}"] for n in range(3))
    tab.goto("/schedules/?q=Together")
    for schedule_id in (one, two):
        tab.locator(f"#schedule-{schedule_id} input").check()
    expect(tab.locator("#bulk strong")).to_have_text("2 selected")
    with server.api(deck) as api:  # a row changes, and the ticks stay
        [(wpid,)] = deck.query(
            f"SELECT workflow_id FROM schedules_schedule WHERE schedule_id = '{third}'"
        )
        api.post(f"/v1/workflows/{wpid}/schedules/{third}/disable").raise_for_status()
    expect(tab.locator(f"#schedule-{third}")).to_contain_text("outside Skydeck", timeout=LONG)
    expect(tab.locator("#bulk strong")).to_have_text("2 selected")
    tab.get_by_role("button", name="Pause…").click()
    expect(tab.get_by_role("heading", name="Pause 2 schedules?")).to_be_visible()
    tab.get_by_label(WHY_BOX).fill(WHY)
    tab.get_by_role("button", name="Pause them").click()
    tab.wait_for_url(BULK)
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=LONG)
    expect(tab.locator("table.results .pill")).to_have_text(["Paused", "Paused"])
    assert faults(tab) == []
    tab.get_by_role("button", name="Undo: resume these 2").click()
    expect(tab.get_by_role("heading", name="Undo: Resume 2 schedules")).to_be_visible()
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=LONG)
    tab.goto("/schedules/?q=Together")
    expect(tab.locator(f"#schedule-{one}")).to_contain_text("Active")
    expect(tab.locator("#bulk strong")).to_have_text("0 selected")  # what is done is unticked
    expect(tab.locator(f"#schedule-{third}")).to_contain_text("outside Skydeck")


def test_without_scripts_it_is_paused_changed_and_resumed(
    plain: Page, deck: Deck, hourly: dict[str, str]
) -> None:
    schedule_id = hourly["Hourly without scripts"]
    plain.goto("/schedules/?q=without+scripts")
    plain.locator(f"#schedule-{schedule_id} input").check()
    plain.get_by_role("button", name="Pause…").click()
    plain.get_by_label(WHY_BOX).fill(WHY)
    plain.get_by_role("button", name="Pause them").click()
    plain.wait_for_url(BULK)
    paused = f"SELECT 1 FROM schedules_pause WHERE schedule_id = '{schedule_id}'"
    wait_until("it is paused", lambda: deck.query(paused))
    plain.goto(f"/schedules/{schedule_id}/")
    plain.get_by_role("link", name="Change reason or end").click()
    plain.get_by_label("in 4 hours").check()
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator(".pause-note")).to_contain_text("It resumes by itself")
    plain.get_by_role("link", name="Resume", exact=True).click()
    plain.get_by_role("button", name="Resume the schedule").click()
    expect(plain.get_by_role("link", name="Pause", exact=True)).to_be_visible()
