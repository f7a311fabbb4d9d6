"""The main job, from log-in to a paused schedule, on the sandbox and on a real Skyvern."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.launching import head, launch, open_agent, wait_for_status
from tests.e2e.servers import Server

pytestmark = pytest.mark.browser

LIVE = ("created", "queued", "running")


def test_the_main_job(tab: Page, deck: Deck, server: Server) -> None:
    tab.context.clear_cookies()
    log_in(tab)
    a_launch_runs_and_shows_what_it_made(tab, server)
    its_logs_are_tables(tab)
    a_failure_tells_its_reason_and_block(tab, server)
    a_running_one_is_cancelled(tab, deck, server)
    a_schedule_fires_and_stays_paused(tab, deck, server)


def a_launch_runs_and_shows_what_it_made(tab: Page, server: Server) -> None:
    launch(tab, "Every parameter type", server.inputs)
    tab.evaluate("window.neverReloaded = true")
    seen = set()

    def note_status() -> bool:
        seen.add(head(tab).inner_text().strip().lower())
        return "completed" in seen

    wait_until("the run completes", note_status, 90)
    assert seen & set(LIVE), f"it was never seen live: {seen}"
    recording = tab.locator("#recording video").first
    expect(recording).to_be_visible(timeout=30_000)
    shots = tab.locator("#film img")
    expect(shots.first).to_be_visible(timeout=30_000)
    assert tab.evaluate("window.neverReloaded") is True
    shots.first.scroll_into_view_if_needed()
    wait_until(
        "a screenshot is a picture",
        lambda: shots.first.evaluate("e => e.complete && e.naturalWidth > 0"),
    )
    plays_and_seeks(recording)
    tab.get_by_role("link", name="Output").click()
    for key, value in server.output.items():
        expect(tab.locator("#outputs")).to_contain_text(key)
        expect(tab.locator("#outputs")).to_contain_text(str(value))
    tab.get_by_role("link", name="Inputs").click()
    for key, value in server.inputs.items():
        expect(tab.locator("#inputs")).to_contain_text(key)
        if value.isalnum():
            expect(tab.locator("#inputs")).to_contain_text(value)


def its_logs_are_tables(tab: Page) -> None:
    """A real server has them some seconds after the end of the run."""
    tab.get_by_role("link", name=re.compile("^Files")).click()
    logs = tab.get_by_role("link", name="Read as a table")
    expect(logs).to_have_count(2, timeout=90_000)
    for place in range(2):
        logs.nth(place).click()
        main = tab.get_by_role("main")
        expect(main).to_contain_text(re.compile(r"\d+ (lines?|requests?), "))
        expect(main).not_to_contain_text("No table can be made")
        tab.go_back()


def plays_and_seeks(video: Locator) -> None:
    video.scroll_into_view_if_needed()
    wait_until("its length is known", lambda: video.evaluate("v => v.duration > 0"), 30)
    video.evaluate("v => { v.muted = true; return v.play(); }")
    wait_until("it plays", lambda: video.evaluate("v => v.currentTime > 0"))
    middle = video.evaluate(
        "v => { v.pause(); v.currentTime = v.duration / 2; return v.duration / 2; }"
    )
    wait_until("it has sought", lambda: not video.evaluate("v => v.seeking"))
    assert abs(video.evaluate("v => v.currentTime") - middle) < 0.5


def a_failure_tells_its_reason_and_block(tab: Page, server: Server) -> None:
    launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    card = tab.locator("#run-failure")
    expect(card).to_contain_text(re.compile(server.reason, re.IGNORECASE), timeout=20_000)
    expect(card).to_contain_text(server.failing_block, timeout=20_000)


def a_running_one_is_cancelled(tab: Page, deck: Deck, server: Server) -> None:
    run_id = launch(tab, server.slow)
    wait_for_status(tab, "running", 60)
    tab.locator("#run-head").get_by_role("button", name="Cancel").click()
    tab.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    wait_for_status(tab, "canceled", 20)
    with server.api(deck) as api:
        assert api.get(f"/v1/runs/{run_id}").json()["status"] == "canceled"


def a_schedule_fires_and_stays_paused(tab: Page, deck: Deck, server: Server) -> None:
    due = datetime.now(UTC) + timedelta(seconds=75)
    name = f"Journey {due:%H:%M:%S}"
    open_agent(tab, server.quick)
    tab.goto(f"/schedules/new/?agent={tab.url.rstrip('/').split('/')[-1]}")
    tab.get_by_label("Name", exact=True).fill(name)
    zone = tab.get_by_label(re.compile("^Time zone"))
    zone.fill("UTC")
    tab.get_by_label(re.compile("^Cron")).fill(f"{due.minute} * * * *")
    expect(tab.locator("#preview")).to_contain_text(f":{due.minute:02d}", timeout=5_000)
    tab.get_by_role("button", name="Create the schedule").click()
    expect(tab.get_by_role("heading", level=1, name=name)).to_be_visible()
    schedule_id = tab.url.rstrip("/").split("/")[-1]
    run = tab.locator("table.runs tbody tr").first
    expect(run).to_be_visible(timeout=180_000)
    expect(run.locator(".pill").first).to_have_text(
        re.compile("completed", re.IGNORECASE), timeout=60_000
    )
    fire = tab.locator("table.ledger tbody tr").first
    expect(fire).to_contain_text(re.compile("On time|Late"), timeout=60_000)
    expect(fire).to_contain_text("Completed", timeout=60_000)
    tab.get_by_role("link", name="Pause", exact=True).click()
    tab.get_by_label(re.compile("^Why")).fill("The journey is over")
    tab.get_by_role("button", name="Pause the schedule").click()
    expect(tab.get_by_role("link", name="Resume", exact=True)).to_be_visible()
    expect(tab.locator("#schedule .pause-note")).to_contain_text("The journey is over")
    with server.api(deck) as api:
        listed = api.get("/v1/schedules", params={"page_size": 100}).json()["schedules"]
        ours = [s for s in listed if s["workflow_schedule_id"] == schedule_id]
        assert [s["enabled"] for s in ours] == [False]
    tab.get_by_role("button", name="Delete").click()
    tab.get_by_role("dialog").get_by_role("button", name="Delete the schedule").click()
    expect(tab.get_by_text(re.compile("deleted", re.IGNORECASE)).first).to_be_visible()
