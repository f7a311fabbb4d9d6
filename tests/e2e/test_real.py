"""What support looks into, on a real Skyvern: how runs end, and what they leave behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ON_SKYVERN
from tests.e2e.deck import Deck, wait_until
from tests.e2e.endings import (
    LONG,
    Runs,
    begun,
    ended,
    headline,
    is_picture,
    open_ended,
    step,
    within,
)
from tests.e2e.launching import wait_for_status
from tests.e2e.servers import Server
from tests.e2e.staging import visit
from tests.e2e.test_evidence import shows_the_failure
from tests.e2e.test_journey import plays_and_seeks

pytestmark = [pytest.mark.browser, ON_SKYVERN]

REPORT = b"id,name\n1,first\n2,second\n"


@pytest.fixture(scope="module")
def runs(deck: Deck, server: Server) -> Iterator[Runs]:
    with server.api(deck) as api, begun(api) as made:
        yield made


def test_a_refused_request_tells_its_status_and_its_answer(
    tab: Page, deck: Deck, runs: Runs
) -> None:
    card = open_ended(tab, deck, runs["is refused"], "failed")
    expect(headline(card)).to_have_text("HTTP 503: as asked")
    expect(card.locator(".where a")).to_have_text(["get"])
    chosen = tab.locator("#selected")
    expect(chosen).to_contain_text(re.compile(r"status_code\s*503"))
    expect(chosen).to_contain_text("/status/503")
    card = open_ended(tab, deck, runs["cannot connect"], "failed")
    expect(card).to_contain_text("Cannot connect to host 127.0.0.1:9")


def test_a_loop_that_fails_names_the_item(tab: Page, deck: Deck, runs: Runs) -> None:
    card = open_ended(tab, deck, runs["fails in a loop"], "failed")
    expect(card.locator(".where a")).to_have_text(["each_page", "Item 2 (503)", "fetch"])
    expect(within(tab, "each_page")).to_have_text(["Item 1", "Item 2"])
    expect(tab.locator("#selected-title")).to_have_text("fetch")
    expect(tab.locator("#selected")).to_contain_text("HTTP 503: as asked")


def test_a_run_that_was_never_set_up_says_so(tab: Page, deck: Deck, runs: Runs) -> None:
    ended(deck, runs["is never set up"], "failed")
    tab.goto(f"/runs/{runs['is never set up']}/")
    card = tab.locator("#run-failure")
    expect(card).to_contain_text("1Password is not configured for this organization")
    expect(card).to_contain_text("It failed while being set up, before its first step")
    main = tab.get_by_role("main")
    expect(main).to_contain_text("It never got to a first step", timeout=LONG)
    expect(main).to_contain_text("No recording was made: the run failed while it was being set up")


def test_a_running_one_is_canceled(tab: Page, deck: Deck, server: Server, runs: Runs) -> None:
    run_id = runs["is canceled"]
    visit(tab, run_id, seconds=90)
    expect(step(tab, "long_wait")).to_be_visible(timeout=LONG)
    tab.locator("#run-head").get_by_role("button", name="Cancel").click()
    tab.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    wait_for_status(tab, "canceled", 60)
    expect(tab.locator("#run-failure")).to_have_count(0)
    with server.api(deck) as api:
        assert api.get(f"/v1/runs/{run_id}").json()["status"] == "canceled"


def test_an_approved_run_goes_on(tab: Page, deck: Deck, server: Server, runs: Runs) -> None:
    answer(tab, runs["is approved"], "Approve and continue")
    wait_for_status(tab, "completed", 60)
    expect(step(tab, "pay")).to_be_visible()
    tab.get_by_role("link", name="Output").click()
    expect(tab.locator("#outputs")).to_contain_text("paid")


def test_a_rejected_run_ends_without_its_remaining_steps(
    tab: Page, deck: Deck, server: Server, runs: Runs
) -> None:
    answer(tab, runs["is rejected"], "Reject: cancel the run")
    wait_for_status(tab, "canceled", 60)
    with server.api(deck) as api:
        assert api.get(f"/v1/runs/{runs['is rejected']}").json()["status"] == "canceled"
        blocks = api.get(f"/v1/runs/{runs['is rejected']}/timeline").json()
    assert "pay" not in [item["block"]["label"] for item in blocks]
    expect(step(tab, "pay")).to_have_count(0)
    tab.goto(f"/runs/{runs['is rejected']}/")
    expect(tab.locator("#selected-title")).to_have_text("approve")


def answer(tab: Page, run_id: str, choice: str) -> None:
    """Press the button of that name, and the one that confirms it."""
    visit(tab, run_id, seconds=90)
    question = tab.locator("#run-paused")
    expect(question).to_contain_text("Is this refund right?", timeout=LONG)
    is_picture(tab.locator("#selected-shot"))
    question.get_by_role("button", name=choice).click()
    tab.get_by_role("dialog").locator("button:not([value=cancel])").last.click()
    expect(question).to_have_count(0, timeout=30_000)


def test_from_the_table_it_is_one_click_to_the_failing_screenshot(
    tab: Page, deck: Deck, runs: Runs
) -> None:
    run_id = runs["fails on a page"]
    open_ended(tab, deck, run_id, "failed")
    tab.goto("/runs/?status=failed")
    tab.locator(f"#row-{run_id} th a").first.click()
    shows_the_failure(tab)
    card = tab.locator("#run-failure")
    expect(headline(card)).to_have_text("TimeoutError: Page.click: Timeout 2000ms exceeded.")
    expect(card.locator(".where a")).to_have_text(["search", "Click"])
    expect(card.locator(".reasons")).to_contain_text("Element state timeout 85 %")
    expect(tab.locator("#selected")).to_contain_text("page.click #missing")
    expect(within(tab, "search")).to_have_text(["Input text", "Click", "Click"])
    card.get_by_text("The reason as Skyvern words it").click()
    expect(card).to_contain_text('waiting for locator("#missing")')
    tab.goto("/failures/")
    expect(tab.get_by_role("main")).to_contain_text(re.compile("Fails on a page . search"))


def test_a_page_that_cannot_be_opened(tab: Page, deck: Deck, runs: Runs) -> None:
    card = open_ended(tab, deck, runs["opens no page"], "failed")
    expect(card).to_contain_text("Failed to navigate to url http://nowhere.invalid/")
    expect(card.locator(".where a")).to_have_text(["open"])
    expect(card.locator(".reasons").first).to_contain_text("Navigation failure 90 %")
    expect(card.locator(".reasons").last).to_contain_text(re.compile("^net::ERR_"))
    expect(headline(card)).not_to_contain_text("Call log")


def test_a_terminated_run_has_its_reason_and_its_code(tab: Page, deck: Deck, runs: Runs) -> None:
    card = open_ended(tab, deck, runs["terminates"], "terminated")
    expect(headline(card)).to_have_text("Stopped: the stock is empty")
    expect(card.locator(".where a")).to_have_text(["stop"])
    expect(card.locator(".reasons")).to_have_text("OUT_OF_STOCK")
    is_picture(card.locator(".failure-shot img"))


def test_each_attempt_has_its_end_and_its_recording(tab: Page, deck: Deck, runs: Runs) -> None:
    card = open_ended(tab, deck, runs["tries again"], "failed")
    attempts = tab.locator("#steps > li.kind-attempt")
    expect(attempts).to_have_count(2, timeout=LONG)
    for number, attempt in enumerate(attempts.all(), start=1):
        line = attempt.locator("> a")
        expect(line.locator(".step-title")).to_have_text(f"Attempt {number}")
        expect(line.locator(".tone-failed").first).to_be_attached()
        line.click()
        expect(tab.locator("#selected-title")).to_have_text(f"Attempt {number}")
        expect(tab.locator("#selected")).to_contain_text("ValueError: deliberate failure")
    expect(attempts.last).to_contain_text(re.compile(r"after waiting \d+ s"))
    expect(card.locator(".where a").nth(0)).to_have_text("Attempt 2")
    expect(card.locator(".where a").nth(1)).to_have_text("boom")
    recordings = tab.locator("#recording figure")
    expect(recordings).to_have_count(2, timeout=LONG)
    expect(recordings.last).to_contain_text("Recording 2 of 2 Attempt 2")


def test_the_items_of_a_loop_are_nested(tab: Page, deck: Deck, runs: Runs) -> None:
    open_ended(tab, deck, runs["looks around"], "completed")
    expect(within(tab, "each_path")).to_have_text(["Item 1", "Item 2", "Item 3"])
    for number, path in enumerate(("/a", "/b", "/c"), start=1):
        expect(step(tab, f"Item {number}").locator("> a")).to_contain_text(path)
        expect(within(tab, f"Item {number}")).to_have_text(["open_each", "read_each"])


def test_a_downloaded_file_is_what_the_site_gave(tab: Page, deck: Deck, runs: Runs) -> None:
    ended(deck, runs["downloads"], "completed")
    tab.goto(f"/runs/{runs['downloads']}/?tab=files")
    files = tab.locator("#downloads li")
    expect(files).to_contain_text("report.csv", timeout=LONG)
    expect(files).to_contain_text(f"{len(REPORT)} bytes")
    with tab.expect_download() as loading:
        files.get_by_role("link", name="report.csv").click()
    assert loading.value.suggested_filename == "report.csv"
    assert loading.value.path().read_bytes() == REPORT


def test_a_recording_plays_and_is_sent_in_parts(tab: Page, deck: Deck, runs: Runs) -> None:
    open_ended(tab, deck, runs["looks around"], "completed")
    video = tab.locator("#recording video")
    expect(video).to_have_count(1, timeout=LONG)
    plays_and_seeks(video)
    address = video.get_attribute("src") or ""
    whole = tab.request.get(address)
    part = tab.request.get(address, headers={"Range": "bytes=100-299"})
    assert (whole.status, part.status) == (200, 206)
    assert whole.headers["content-type"] in ("video/mp4", "video/webm")
    assert part.headers["content-type"] == whole.headers["content-type"]
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.body())}"
    assert part.body() == whole.body()[100:300]


def test_console_and_requests_are_tables(tab: Page, deck: Deck, runs: Runs) -> None:
    """A real server has them some seconds after the end of the run."""
    ended(deck, runs["looks around"], "completed")
    files = f"/runs/{runs['looks around']}/?tab=files"
    tab.goto(files)
    tables = tab.locator("#logs li", has_text="Read as a table")
    expect(tables).to_have_count(2, timeout=LONG)
    tables.filter(has_text="Browser console").get_by_role("link", name="as a table").click()
    lines = tab.locator("table.readable tbody tr")
    expect(lines.filter(has_text="page ready")).to_have_count(4)
    tab.goto(files)
    tables.filter(has_text="Network (HAR)").get_by_role("link", name="as a table").click()
    requests = tab.locator("table.readable tbody tr").filter(has_text="text/html")
    addresses = requests.locator("[data-label=Address]")
    expect(addresses).to_have_text([re.compile(f"/{end}$") for end in ("form", "a", "b", "c")])
    expect(requests.first).to_contain_text("200")
    tab.get_by_label("Text").fill("/b")
    tab.keyboard.press("Enter")
    expect(requests).to_have_count(1)


def test_a_run_that_took_too_long_says_where_it_was(tab: Page, deck: Deck, runs: Runs) -> None:
    card = open_ended(tab, deck, runs["times out"], "timed_out")
    expect(headline(card)).to_have_text(
        "Workflow run exceeded max elapsed runtime limit of 1 minute."
    )
    expect(card.locator(".where a")).to_have_text(["long_wait"])
    is_picture(card.locator(".failure-shot img"))
    expect(tab.locator("#selected")).not_to_contain_text("cascade cleanup")


def test_what_a_schedule_was_given_wrongly_is_found_out_in_setup(
    tab: Page, deck: Deck, runs: Runs
) -> None:
    query = f"SELECT run_id FROM runs_run WHERE schedule_id = '{runs['schedule']}'"
    [(run_id,)] = wait_until("the schedule has fired", lambda: deck.query(query), 90)
    ended(deck, run_id, "failed")
    tab.goto(f"/runs/{run_id}/")
    card = tab.locator("#run-failure")
    expect(card).to_contain_text("Expected parameter type: integer. Value: abc.")
    expect(card).to_contain_text("It failed while being set up, before its first step")
    expect(tab.locator("#run-head").get_by_role("link", name="a schedule")).to_be_visible()


def test_what_a_run_without_a_page_cannot_have_is_said(tab: Page, deck: Deck, runs: Runs) -> None:
    """A minute after its end: until then Skyvern may still be writing."""
    tab.goto(f"/runs/{runs['is refused']}/")
    expect(tab.locator("#recording")).to_contain_text("this run opened no page", timeout=LONG)
    expect(tab.locator("#film")).to_contain_text("this run opened no page")
