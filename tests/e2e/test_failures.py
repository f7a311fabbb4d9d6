"""From a failure to what was on screen, and what people make of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.launching import launch, wait_for_status
from tests.e2e.servers import Server

pytestmark = pytest.mark.browser

LONG = 90_000


def group_of(deck: Deck, run_id: str) -> int:
    """The number of the group that the run is in, once its detail has named the block."""
    found = f"""
        SELECT g.id FROM runs_run AS r JOIN runs_failuregroup AS g ON g.id = r.failure_group_id
        WHERE r.run_id = '{run_id}' AND g.block <> ''
    """
    [(pk,)] = wait_until("the run is in a group with a block", lambda: deck.query(found))
    return int(pk)


def test_a_failure_is_seen_again_resolved_and_back(tab: Page, deck: Deck, server: Server) -> None:
    first = launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    pk = group_of(deck, first)
    tab.goto("/failures/")
    row = tab.locator(f"#failure-{pk}")
    expect(row).to_contain_text(server.failing_block)
    expect(row.locator(".pill")).to_have_text("New")
    row.locator(".row-link").press("Enter")
    tab.get_by_role("button", name="Resolve").press("Enter")
    expect(tab.get_by_role("button", name="Open again")).to_be_visible()
    tab.goto("/failures/")
    expect(row).to_have_count(0)

    second = launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    expect(tab.locator("#run-failure")).to_contain_text(re.compile(r"Seen \d+ times"), timeout=LONG)
    assert group_of(deck, second) == pk
    tab.goto("/failures/")
    expect(row.locator(".pill")).to_have_text("Back again")


@ON_SANDBOX
def test_from_the_table_it_is_one_click_to_the_failing_screenshot(
    tab: Page, deck: Deck, server: Server
) -> None:
    """On the sandbox; test_real.py does it on a real server."""
    run_id = launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    group_of(deck, run_id)
    tab.goto("/runs/?status=failed")
    tab.locator(f"#row-{run_id} th a").first.click()
    shot = tab.locator("#run-failure .failure-shot img")
    expect(shot).to_be_visible()
    wait_until("it is a picture", lambda: shot.evaluate("e => e.complete && e.naturalWidth > 0"))


def test_without_scripts_it_is_noted_taken_and_its_runs_are_found(
    browser: Browser, tab: Page, deck: Deck, server: Server
) -> None:
    run_id = launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    pk = group_of(deck, run_id)
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page)
        page.goto(f"/runs/{run_id}/")
        page.locator("#run-failure").get_by_role(
            "link", name=re.compile("Seen|first of its")
        ).click()
        page.get_by_label("Note").fill("Ask the portal's owner")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.get_by_label("Note")).to_have_value("Ask the portal's owner")
        page.get_by_role("button", name="Take it").click()
        page.goto("/failures/?mine=1&state=all")
        expect(page.locator(f"#failure-{pk}")).to_be_visible()
        page.goto(f"/failures/{pk}/")
        page.get_by_role("link", name="All its runs").click()
        expect(page.locator(f"#row-{run_id}")).to_be_visible()
