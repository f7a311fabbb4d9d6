"""What a run did and what was on screen: by keyboard alone, without scripts, and while it lives."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.sandbox.plays import ODD_TITLE
from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import in_both_themes
from tests.e2e.servers import Server
from tests.e2e.staging import (
    FAILS,
    OPENS,
    TRIES_AGAIN,
    begin,
    clicks,
    items,
    loop,
    newest,
    visit,
    walk_to,
)

pytestmark = [pytest.mark.browser, ON_SANDBOX]


@pytest.fixture(scope="module")
def deck(own_deck: Deck) -> Deck:
    return own_deck


def test_screenshots_are_paged_through_by_keyboard_alone(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    walk_to(tab, ".film [data-shot]")
    opener = tab.evaluate("document.activeElement.href")
    tab.keyboard.press("Enter")
    box, count = tab.locator("#lightbox"), tab.locator("#lightbox-count")
    expect(box).to_be_visible()
    total = tab.locator(".film [data-shot]").count()
    tab.keyboard.press("Home")
    expect(count).to_have_text(f"1 of {total}")
    tab.keyboard.press("ArrowLeft")
    expect(count).to_have_text(f"1 of {total}")
    tab.keyboard.press("ArrowRight")
    expect(count).to_have_text(f"2 of {total}")
    tab.keyboard.press("End")
    expect(count).to_have_text(f"{total} of {total}")
    expect(tab.locator("#lightbox-caption")).to_have_text(re.compile("read_totals"))
    expect(tab.locator("#lightbox-time")).to_have_text(
        re.compile(r"\d\d:\d\d:\d\d · \+\d+\.\d s into the run")
    )
    tab.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert tab.evaluate("document.activeElement.href") == opener


def test_a_screenshot_leads_to_its_step_and_the_step_marks_its_screenshots(
    tab: Page, deck: Deck
) -> None:
    visit(tab, newest(deck, "Invoice download"))
    last = tab.locator(".film [data-shot]").last
    last.focus()
    tab.keyboard.press("Enter")
    walk_to(tab, "#lightbox-step")
    tab.keyboard.press("Enter")
    expect(tab.locator("#lightbox")).to_be_hidden()
    line = tab.locator("#steps .step-line[aria-current]")
    expect(line).to_be_focused()
    assert re.search(r"\?step=\w+", tab.url)
    expect(tab.locator(".film .marked").first).to_contain_text("This step")


def test_a_hostile_caption_is_only_ever_text(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, ODD_TITLE, "failed"))
    tab.locator(".film [data-shot]", has_text="<i>read</i>").first.press("Enter")
    expect(tab.locator("#lightbox-caption")).to_contain_text("<i>read</i>")
    expect(tab.locator("#lightbox i:not(.icon)")).to_have_count(0)


def test_the_strip_goes_to_the_screenshots_of_the_step(tab: Page, deck: Deck) -> None:
    tab.set_viewport_size({"width": 900, "height": 900})
    visit(tab, newest(deck, "Invoice download"))
    assert tab.locator(".film").evaluate("film => film.scrollLeft") == 0
    tab.locator("#steps .step-line:has(.step-title:text-is('read_totals'))").press("Enter")
    marked = tab.locator(".film .marked", has_text="read_totals").first
    expect(marked).to_contain_text("This step")
    film, place = tab.locator(".film").bounding_box(), marked.bounding_box()
    assert film
    assert place
    assert film["x"] <= place["x"]
    assert place["x"] + place["width"] <= film["x"] + film["width"]


def test_the_steps_are_walked_by_keyboard(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Loop over pages"))
    tab.evaluate("window.neverReloaded = true")
    lines = tab.locator("#steps .step-line")
    every = lines.count()
    walk_to(tab, "#steps .step-line")
    expect(lines.first).to_be_focused()
    for key, at in (("ArrowDown", 1), ("j", 2), ("ArrowUp", 1), ("k", 0), ("End", every - 1)):
        tab.keyboard.press(key)
        expect(lines.nth(at)).to_be_focused()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowLeft")
    expect(lines.nth(1)).to_be_hidden()
    tab.keyboard.press("ArrowDown")
    expect(lines.last).to_be_focused()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    expect(lines.nth(1)).to_be_visible()
    tab.keyboard.press("ArrowRight")
    expect(lines.nth(1)).to_be_focused()
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    expect(lines.first).to_be_focused()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    expect(lines.nth(1)).to_be_focused()
    assert str(lines.nth(1).get_attribute("href")) in tab.url
    expect(tab.locator("#selected-title")).to_have_text("Item 1")
    assert tab.evaluate("window.neverReloaded") is True


def test_a_screenshot_that_is_gone_says_so_in_its_place(tab: Page, deck: Deck) -> None:
    tab.route("**/artifacts/**", lambda route: route.fulfill(status=404, body="gone"))
    visit(tab, newest(deck, "Invoice download"))
    gone = "Skyvern does not give this screenshot (any more)."
    expect(tab.locator(".film > li").first).to_contain_text(gone)
    expect(tab.locator("#selected .shot")).to_contain_text(gone)


def test_the_keys_are_told_on_their_page(tab: Page, deck: Deck) -> None:
    tab.goto("/keys/")
    expect(tab.locator(".keys")).to_contain_text("Show the step in the recording")


def test_a_live_run_leaves_focus_and_folds_alone_while_steps_arrive(
    tab: Page, deck: Deck, server: Server
) -> None:
    blocks = [OPENS, loop("each", "names", clicks("press", 2)), clicks("finish", 3)]
    waits = {"block_type": "wait", "label": "breathe", "wait_sec": 4}
    blocks[1]["loop_blocks"].append(waits)
    names = items("names", ["a", "b", "c", "d", "e", "f"])
    visit(tab, begin(deck, server, "Steps arrive", blocks, parameters=[names]))
    fold = tab.locator("#steps li:has(> a .step-title:text-is('press')) > details").first
    expect(fold).to_be_attached(timeout=20_000)
    line = tab.locator("#steps .step-line:has(.step-title:text-is('press'))").first
    line.focus()
    tab.keyboard.press("ArrowLeft")
    expect(fold).not_to_have_attribute("open", "")
    before = tab.locator("#steps .step-line").count()
    wait_until("steps arrive", lambda: tab.locator("#steps .step-line").count() > before + 3, 30)
    expect(line).to_be_focused()
    expect(fold).not_to_have_attribute("open", "")


def test_a_long_loop_is_folded_until_it_is_wanted(tab: Page, deck: Deck, server: Server) -> None:
    blocks = [OPENS, loop("each_page", "pages", clicks("turn", 1))]
    pages = items("pages", list(range(40)))
    run_id = begin(deck, server, "Many pages", blocks, parameters=[pages])
    with server.api(deck) as api:
        api.post("/_sandbox/advance", json={"seconds": 60}).raise_for_status()
    visit(tab, run_id)
    fold = tab.locator("#steps li.step:has(> a .step-title:text-is('each_page')) > details")
    expect(fold).to_contain_text("40 steps within each_page", timeout=30_000)
    expect(fold).not_to_have_attribute("open", "")
    shot = tab.locator(".film [data-shot]", has_text="Item 33").first
    expect(shot).to_be_attached(timeout=20_000)
    shot.focus()
    tab.keyboard.press("Enter")
    walk_to(tab, "#lightbox-step")
    tab.keyboard.press("Enter")
    expect(tab.locator("#steps .step-line[aria-current]")).to_be_focused()
    expect(tab.locator("#steps .step-line[aria-current]")).to_be_in_viewport()


def test_a_failed_run_is_one_click_from_the_table_and_from_its_group(tab: Page, deck: Deck) -> None:
    run_id = newest(deck, "Credential check", "failed")
    tab.goto("/runs/?status=failed&q=Credential")
    tab.locator(f"table.runs a[href='/runs/{run_id}/']").first.click()
    shows_the_failure(tab)
    [(group,)] = deck.query(f"SELECT failure_group_id FROM runs_run WHERE run_id = '{run_id}'")
    tab.goto(f"/failures/{group}/")
    tab.locator(f"main a[href^='/runs/{run_id}/']").first.click()
    shows_the_failure(tab)


def shows_the_failure(tab: Page) -> None:
    expect(tab.locator("#steps .step-line[aria-current] .tone-failed").first).to_be_attached()
    image = tab.locator(".failure-shot img")
    expect(image).to_be_in_viewport()
    wait_until("it is a picture", lambda: image.evaluate("e => e.complete && e.naturalWidth > 0"))


def test_a_paused_run_is_answered_where_it_asks(tab: Page, deck: Deck, server: Server) -> None:
    asks = {"block_type": "human_interaction", "label": "approve", "recipients": ["a@b.example"]}
    asks |= {
        "instructions": "Pay 7 €?",
        "positive_descriptor": "Pay",
        "negative_descriptor": "Do not",
    }
    visit(tab, begin(deck, server, "Asks a person", [OPENS, asks, clicks("pay", 1)]))
    card = tab.locator("#run-paused")
    expect(card).to_contain_text("Pay 7 €?", timeout=30_000)
    expect(tab.locator("#selected-title")).to_have_text("approve")
    card.get_by_role("button", name="Reject: cancel the run").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("Skyvern knows no other way to reject")
    tab.keyboard.press("Escape")
    card.get_by_role("button", name="Approve and continue").click()
    expect(dialog).to_contain_text("goes on with its next step at once")
    dialog.get_by_role("button", name="Approve and continue").click()
    expect(card).to_have_count(0, timeout=30_000)


def test_without_scripts_steps_and_files_are_links(plain: Page, deck: Deck) -> None:
    visit(plain, newest(deck, "Invoice download"))
    line = plain.locator("#steps .step-line").nth(2)
    line.click()
    expect(plain.locator("#steps .step-line").nth(2)).to_have_attribute("aria-current", "true")
    fold = plain.locator("#steps details").first
    fold.locator("summary").click()
    expect(fold).not_to_have_attribute("open", "")
    expect(plain.locator(".player-bar")).to_be_hidden()
    expect(plain.locator(".marks")).to_be_hidden()
    expect(plain.locator("#recording video")).to_have_attribute("controls", "")
    link = plain.locator(".film [data-shot]").first
    with plain.expect_response(re.compile("/artifacts/")) as answer:
        link.click()
    assert answer.value.headers["content-type"] == "image/png"


@pytest.mark.parametrize("width", [1440, 360])
def test_it_is_accessible_in_both_themes(tab: Page, deck: Deck, server: Server, width: int) -> None:
    runs = [newest(deck, title) for title in ("Loop over pages", "Retries itself")]
    title = f"Never works at {width}"
    runs.append(begin(deck, server, title, [OPENS, FAILS], retry_policy=TRIES_AGAIN))
    wrong = {}
    tab.set_viewport_size({"width": width, "height": 900})
    for run_id in runs:
        for lit in (False, True):
            visit(tab, run_id)
            if lit:
                tab.locator(".film [data-shot]").first.click()
                expect(tab.locator("#lightbox")).to_be_visible()
            if found := in_both_themes(tab):
                wrong[run_id, lit] = found
    assert wrong == {}
