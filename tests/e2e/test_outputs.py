"""An output of 20 MB, deep, wide and with long texts: unfolded, searched and copied from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from runs import mirror
from runs.models import Run, RunDetail
from tests.e2e.faults import on_pages
from tests.e2e.live import THREADS, longest_task, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    *(pytest.mark.filterwarnings(ignored) for ignored in THREADS),
]

TOLERATED = 200.0
"""Milliseconds that one task of a tab may take: more would be felt as a halt."""
OUTPUT = "/runs/wr_large/?tab=output"


def outputs() -> dict[str, Any]:
    """20 MB, of which the last order is the one to be found."""
    deep: Any = {"treasure": "buried"}
    for level in range(60):
        deep = {"level": level, "beside": ["x" * 2_000] * 2, "below": deep}
    orders = [
        {"number": f"R-{n}", "total": n / 4, "lines": [{"sku": f"NW-{n}", "text": "y" * 150}] * 2}
        for n in range(30_000)
    ]
    return {
        "extracted_information": {"orders": 30_000, "note": "All are below."},
        "read_orders_output": {"page": 1, "orders": [*orders, {"number": "R-last", "total": 1.5}]},
        "deep_output": deep,
        "long_output": {"text": "Lorem ipsum dolor. " * 250_000, "end": True},
        "wide_output": {f"key {n}": n for n in range(60_000)},
        "empty_output": None,
    }


@pytest.fixture
def large(transactional_db: None) -> Run:
    now = timezone.now()
    times = dict.fromkeys(("created_at", "started_at", "finished_at", "seen_at", "changed_at"), now)
    run = Run.objects.create(
        run_id="wr_large", title="Large output", status="completed", phase="completed", **times
    )
    RunDetail.objects.create(run=run, outputs=outputs(), timeline=[], fetched_at=now)
    assert mirror.lay_out_late(run.pk)
    Run.objects.update(watched_at=now)
    return run


@pytest.fixture
def tab(
    browser: Browser, live_server: LiveServer, large: Run, person: Callable[[str], User]
) -> Iterator[Page]:
    person("support")
    with signed_in(
        browser, live_server.url, "support", permissions=["clipboard-read", "clipboard-write"]
    ) as page:
        page.goto(OUTPUT)  # the server has read its templates, and the browser the scripts
        yield page


def copied(tab: Page) -> str:
    text: str = tab.evaluate("navigator.clipboard.readText()")
    return text


def test_nothing_halts_while_it_is_opened_unfolded_and_searched(tab: Page) -> None:
    tab.goto(OUTPUT)
    expect(tab.get_by_role("heading", name="Extracted information")).to_be_visible()
    assert len(tab.content()) < 400_000
    opened = longest_task(tab)

    wide = tab.locator("section", has=tab.get_by_role("heading", name="wide"))
    wide.get_by_role("link", name=re.compile("^Show more")).click()
    orders = tab.locator("section", has=tab.get_by_role("heading", name="read_orders"))
    orders.get_by_role("link", name=re.compile("^Show more")).click()
    row = orders.locator(
        "details", has=tab.locator("summary", has_text=re.compile("^40.?3 fields"))
    ).last
    row.locator("summary").first.click()
    expect(orders.get_by_text("R-40", exact=True)).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("[data-path-shown]")).to_have_text("$.read_orders_output.orders[40].number")
    unfolded = longest_task(tab)

    tab.get_by_role("searchbox", name="Find in the output").fill("R-29999")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name=re.compile("1 place with"))).to_be_visible()
    searched = longest_task(tab)
    tab.goto("/runs/wr_large/?tab=raw")
    raw = longest_task(tab)
    assert max(opened, unfolded, searched, raw) <= TOLERATED


def test_what_is_found_is_shown_in_its_place_and_its_path_is_copied(tab: Page) -> None:
    tab.keyboard.press("/")
    tab.keyboard.type("r-LAST")
    tab.keyboard.press("Enter")
    found = tab.get_by_role("link", name="$.read_orders_output.orders[30000].number")
    expect(found).to_be_visible()
    tab.wait_for_load_state()  # keys are heard once the page's scripts have begun
    tab.keyboard.press("j")
    expect(found).to_be_focused()
    tab.keyboard.press("Enter")
    here = tab.locator("#here")
    expect(here).to_contain_text("R-last")
    expect(here).to_be_in_viewport()
    tab.get_by_role("button", name="Copy path").click()
    expect(tab.get_by_text("Copied $.read_orders_output")).to_be_visible()
    assert copied(tab) == "$.read_orders_output.orders[30000].number"
    here.click()
    tab.keyboard.press("v")
    expect(tab.get_by_text("The value is copied.")).to_be_visible()
    assert copied(tab) == "R-last"
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("[data-path-shown]")).to_have_text(
        "$.read_orders_output.orders[30000].total"
    )
    tab.keyboard.press("c")
    expect(tab.get_by_text("Copied $.read_orders_output.orders[30000].total")).to_be_visible()


def test_a_part_is_opened_by_keys_and_stays_open_when_the_page_is_refreshed(tab: Page) -> None:
    tab.goto(f"{OUTPUT}&path=$")
    tab.locator("#output-part summary", has_text="30,001 items").focus()
    tab.keyboard.press("ArrowRight")
    rows = tab.locator(".json .json > details")
    expect(rows.nth(30)).to_be_attached()
    count = rows.count()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    first = tab.get_by_text("R-0", exact=True)
    expect(first).to_be_visible()
    RunDetail.objects.update(fetched_at=timezone.now())
    with tab.expect_response(lambda answer: OUTPUT in answer.url and answer.status == 200):
        tab.evaluate("dispatchEvent(new Event('online'))")
    expect(first).to_be_visible()
    expect(rows).to_have_count(count)
    tab.keyboard.press("ArrowLeft")
    expect(first).to_be_hidden()


def test_a_long_text_is_read_on_page_by_page(tab: Page) -> None:
    tab.goto(f"{OUTPUT}&path=$.long_output.text")
    for _ in range(2):
        tab.get_by_role("link", name="Go on reading").click()
    expect(tab.locator(".json-whole")).to_contain_text("Lorem ipsum")
    expect(tab.get_by_role("link", name="From its beginning")).to_be_visible()


def test_without_scripts_every_part_can_be_reached(
    browser: Browser, live_server: LiveServer, large: Run, person: Callable[[str], User]
) -> None:
    person("support")
    with signed_in(browser, live_server.url, "support", java_script_enabled=False) as page:
        page.goto(OUTPUT)
        page.get_by_role("searchbox", name="Find in the output").fill("buried")
        page.get_by_role("button", name="Find").click()
        page.locator(".json-found a").first.click()
        expect(page.locator("#here")).to_contain_text("buried")
        page.get_by_role("link", name="deep_output").click()
        expect(page.get_by_text("59", exact=True)).to_be_attached()
        page.goto(f"{OUTPUT}&path=$.read_orders_output.orders")
        page.get_by_role("link", name=re.compile("^Show more")).click()
        expect(page.get_by_text("R-100", exact=True)).to_be_attached()
        page.goto(f"{OUTPUT}&path=$.nowhere")
        expect(page.get_by_text("Nothing is at")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_all_of_its_pages_are_accessible_in_both_themes(tab: Page, width: int) -> None:
    queries = (
        *("", "&find=buried", "&find=nowhere+at+all", "&path=$.nowhere"),
        *("&path=$.read_orders_output.orders[29999].lines", "&path=$.long_output.text&from=20000"),
    )
    assert on_pages(tab, [OUTPUT + query for query in queries], width) == {}
