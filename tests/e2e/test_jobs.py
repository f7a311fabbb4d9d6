"""Many runs at once in a browser: asked before, watched, paused, aborted, and tried again; with a
mouse, with keys alone, without scripts, and accessible all along."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import reach
from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import in_both_themes
from tests.e2e.servers import Server
from tests.e2e.upstream import begin, control, mirrored

pytestmark = [pytest.mark.browser, ON_SANDBOX]
JOB = re.compile(r"/jobs/[0-9a-f-]{36}/$")
LONG = 40_000


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


@pytest.fixture
def live(deck: Deck, server: Server) -> Iterator[list[str]]:
    """Five runs that go on until something ends them."""
    mirrored(deck)
    yield begin(deck, server, 5)
    control(deck, server, "heal")
    control(deck, server, "advance", seconds=300)
    nobody = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM runs_run WHERE phase = 'live')"
    wait_until("they have ended", lambda: deck.query(nobody), 30)


def state(page: Page) -> str:
    return page.locator(".job-head .pill").inner_text().strip()


def ticks(page: Page) -> list[str]:
    boxes = page.locator("input[name=run]:checked")
    return sorted(boxes.evaluate_all("all => all.map(box => box.value)"))


def settled(page: Page) -> str:
    return page.locator(".job-figures strong").inner_text()


def test_ticked_runs_are_canceled_with_a_question_and_only_failures_stay_ticked(
    tab: Page, deck: Deck, server: Server, live: list[str]
) -> None:
    tab.goto("/runs/?status=live")
    for run_id in live[:4]:
        tab.locator(f"#row-{run_id} input").check()
    tab.get_by_role("button", name="Cancel…").click()
    expect(tab.get_by_role("heading", name="Cancel 4 runs?")).to_be_visible()
    expect(tab.get_by_role("link", name="Go back")).to_be_focused()
    tab.get_by_role("link", name="Go back").click()
    tab.wait_for_url("**/runs/?status=live")
    assert ticks(tab) == sorted(live[:4])
    control(deck, server, "fault", kind="status", path="/cancel", code=400)
    tab.get_by_role("button", name="Cancel…").click()
    tab.get_by_role("button", name="Cancel 4 runs").click()
    tab.wait_for_url(JOB)
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=LONG)
    expect(tab.get_by_text("Refused by the sandbox")).to_have_count(1)
    [failed] = tab.locator("tr", has_text="Refused by").locator("a.row-link").all()
    run_id = (failed.get_attribute("href") or "").split("/")[2]
    job = tab.url
    tab.get_by_role("link", name="Back to the table").click()
    tab.wait_for_url("**/runs/?status=live")
    expect(tab.locator("table.runs tbody tr")).to_have_count(2, timeout=LONG)
    assert ticks(tab) == [run_id]
    tab.goto(job)
    tab.get_by_role("button", name="Retry what failed").click()
    expect(tab.get_by_role("heading", level=1, name="Cancel 1 run")).to_be_visible()
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=LONG)
    tab.goto("/runs/?status=live")
    expect(tab.locator("table.runs tbody tr")).to_have_count(1, timeout=LONG)
    assert ticks(tab) == []


def test_a_job_is_watched_paused_resumed_and_aborted_with_keys_alone(
    tab: Page, deck: Deck, server: Server, live: list[str]
) -> None:
    press = tab.keyboard.press
    live = [*live, *begin(deck, server, 7)]  # more than are ever at work together
    control(deck, server, "fault", kind="latency", path="/cancel", times=None, seconds=2)
    tab.goto("/runs/?status=live")
    expect(tab.locator("table.runs tbody tr")).to_have_count(len(live))
    for _ in live:
        press("j")
        press("x")
    expect(tab.locator("#bulk strong")).to_have_text("12 selected")
    reach(tab, "Cancel…")
    press("Enter")
    expect(tab.get_by_role("heading", name="Cancel 12 runs?")).to_be_visible()
    reach(tab, "Cancel 12 runs")
    press("Enter")
    tab.wait_for_url(JOB)
    expect(tab.locator(".job-figures strong")).not_to_have_text("0", timeout=LONG)
    reach(tab, "Pause")
    press("Enter")
    expect(tab.locator(".job-head .pill")).to_have_text("Paused")
    expect(tab.get_by_text("Working", exact=True)).to_have_count(0, timeout=LONG)
    so_far = settled(tab)
    tab.wait_for_timeout(3000)
    assert settled(tab) == so_far
    reach(tab, "Resume")
    press("Enter")
    expect(tab.locator(".job-head .pill")).to_have_text("Running")
    reach(tab, "Abort")
    press("Enter")
    expect(tab.get_by_role("button", name="Go back")).to_be_focused()
    reach(tab, "Abort the job")
    press("Enter")
    expect(tab.locator(".job-head .pill")).to_have_text("Aborted", timeout=LONG)
    expect(tab.locator(".job-filter")).to_contain_text("Not done")


def test_without_scripts_all_that_match_are_retried_and_what_failed_once_more(
    plain: Page, deck: Deck, server: Server
) -> None:
    mirrored(deck)
    plain.goto("/runs/?status=terminated")
    count = deck.query("SELECT count(*) FROM runs_run WHERE status = 'terminated'")[0][0]
    control(deck, server, "fault", kind="status", path="/retry", code=400, times=2)
    control(deck, server, "fault", kind="latency", path="/retry", times=None, seconds=2)
    plain.get_by_label("All that match the filter").check()
    plain.get_by_role("button", name="Retry…").click()
    expect(plain.get_by_text("Runs that begin from now on are not among them.")).to_be_visible()
    plain.get_by_role("button", name=f"Retry {count} runs").click()
    plain.wait_for_url(JOB)
    plain.get_by_role("button", name="Pause").click()
    expect(plain.locator(".job-head .pill")).to_have_text("Paused")
    plain.get_by_role("button", name="Resume").click()
    expect(plain.locator(".job-head .pill")).not_to_have_text("Paused")
    job = plain.url.rstrip("/").rpartition("/")[2].replace("-", "")
    failed = f"SELECT count(*) FROM runs_jobitem WHERE state = 'failed' AND job_id = '{job}'"
    wait_until("both faults were met", lambda: deck.query(failed) == [(2,)])
    control(deck, server, "heal")

    def over() -> bool:
        plain.reload()
        return state(plain) == "Done"

    wait_until("the job is done", over)
    expect(plain.locator(".job-filter")).to_contain_text("Failed 2")
    plain.get_by_role("link", name="Failed 2").click()
    expect(plain.locator("table.results tbody tr")).to_have_count(2)
    plain.get_by_role("button", name="Retry what failed").click()
    expect(plain.get_by_role("heading", level=1, name="Retry 2 runs")).to_be_visible()
    wait_until("that is done as well", over)
    expect(plain.locator("table.results tbody tr")).to_have_count(2)


@pytest.mark.parametrize("width", [1440, 390])
def test_each_state_of_a_job_is_accessible_and_fits(
    tab: Page, deck: Deck, server: Server, live: list[str], width: int
) -> None:
    wrong = {}
    tab.set_viewport_size({"width": width, "height": 900})

    def look(what: str) -> None:
        tab.wait_for_load_state()
        if found := in_both_themes(tab):
            wrong[what] = found

    tab.goto("/runs/?status=live&last=24h&agent=nobody&longer=x&more=1")
    look("filters")
    tab.goto("/runs/?status=live")
    for run_id in live:
        tab.locator(f"#row-{run_id} input").check()
    look("ticks")
    tab.get_by_role("button", name="Tag…").click()
    tab.get_by_role("button", name="Tag 5 runs").click()
    expect(tab.get_by_role("alert")).to_be_visible()
    look("tags that are wrong")
    tab.goto("/runs/?status=live")
    control(deck, server, "fault", kind="status", path="/cancel", code=400)
    control(deck, server, "fault", kind="latency", path="/cancel", times=None, seconds=2)
    tab.get_by_role("button", name="Cancel…").click()
    expect(tab.get_by_role("button", name="Cancel 5 runs")).to_be_visible()
    look("question")
    tab.get_by_role("button", name="Cancel 5 runs").click()
    tab.wait_for_url(JOB)
    expect(tab.locator(".job-head .pill")).to_be_visible()
    look("running")
    tab.get_by_role("button", name="Pause").click()
    expect(tab.locator(".job-head .pill")).to_have_text("Paused")
    look("paused")
    tab.get_by_role("button", name="Resume").click()
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=LONG)
    look("done with a failure")
    tab.goto("/jobs/")
    look("jobs")
    tab.goto(f"/runs/{live[0]}/")
    tab.locator("summary", has_text="Add tags").click()
    look("the form for tags")
    assert wrong == {}
