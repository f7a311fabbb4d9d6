"""Recordings by keyboard: played, sought, slowed, and looked at one picture at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import ON_SANDBOX
from tests.e2e.deck import Deck, wait_until
from tests.e2e.servers import Server
from tests.e2e.staging import FAILS, OPENS, TRIES_AGAIN, begin, newest, visit, walk_to

pytestmark = [pytest.mark.browser, ON_SANDBOX]


def loaded(tab: Page) -> Locator:
    """The first video, once it can be played."""
    video = tab.locator("#recording video").first
    video.scroll_into_view_if_needed()
    wait_until("it can be played", lambda: video.evaluate("v => v.readyState > 0"), 30)
    return video


def time_of(video: Locator) -> float:
    found: float = video.evaluate("v => v.currentTime")
    return found


def settled(video: Locator) -> float:
    """Where it stands once it has stopped seeking."""
    wait_until("it has sought", lambda: not video.evaluate("v => v.seeking"))
    return time_of(video)


def test_a_recording_is_driven_by_keyboard_alone(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    video = loaded(tab)
    walk_to(tab, "[data-play=play]")
    tab.keyboard.press("Enter")
    wait_until("it plays", lambda: time_of(video) > 0.3)
    expect(tab.locator("[data-play=play]")).to_have_attribute("aria-label", "Pause")
    tab.keyboard.press("Enter")
    wait_until("it stands still", lambda: video.evaluate("v => v.paused"))
    before = time_of(video)
    tab.keyboard.press(".")
    on = settled(video)
    assert before < on < before + 0.5
    tab.keyboard.press(",")
    tab.keyboard.press(",")
    assert settled(video) < on
    walk_to(tab, "[data-speed]")
    tab.keyboard.press("ArrowDown")
    assert video.evaluate("v => v.playbackRate") == 1.5
    tab.reload()
    assert loaded(tab).evaluate("v => v.playbackRate") == 1.5
    expect(tab.locator("[data-speed]")).to_have_value("1.5")


def test_the_blocks_can_be_jumped_to(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    video = loaded(tab)
    first, second = (tab.locator("[data-mark]").nth(n).bounding_box() for n in (0, 1))
    assert first
    assert second
    assert second["x"] == pytest.approx(first["x"] + first["width"], abs=2)
    walk_to(tab, "[data-mark]")
    expect(tab.locator(":focus")).to_have_text("sign_in")
    expect(tab.locator("[data-mark][tabindex='0']")).to_have_count(1)
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(":focus")).to_have_text("open_invoices")
    expect(tab.locator(":focus")).to_have_attribute("aria-label", re.compile("about 0:0"))
    tab.keyboard.press("Enter")
    assert settled(video) > 2
    expect(video).to_be_focused()
    expect(tab.locator("[data-happening]")).to_have_text("open_invoices")
    expect(tab.locator("[data-mark][data-current]")).to_have_text("open_invoices")


TABINDEX_OF_FOCUSED = """() => {
  window.were = [];
  const note = (changes) => were.push(...changes.map((change) => change.oldValue));
  const what = { attributeFilter: ["tabindex"], attributeOldValue: true };
  new MutationObserver(note).observe(document.activeElement, what);
}"""


def ask_for_another(route: Route) -> None:
    """As a page that has not seen the newest state, so that the answer draws it all again. (A tag
    put into the page would be overwritten by the answer to a poll that is under way.)"""
    route.continue_(headers=route.request.headers | {"hx-ptag": "of another"})


def test_an_update_leaves_the_focus_on_a_block(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    loaded(tab)
    block = tab.locator("[data-mark]").nth(1)
    block.focus()
    tab.evaluate(TABINDEX_OF_FOCUSED)
    with tab.expect_response(lambda answer: answer.ok and answer.url == tab.url):
        tab.route(tab.url, ask_for_another)
    expect(block).to_have_attribute("tabindex", "0")
    expect(block).to_be_focused()
    # Whether Chromium takes the focus from a button that loses its tabindex is a matter of luck.
    assert None not in tab.evaluate("were")


def test_from_a_step_to_its_moment_and_back(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    video = loaded(tab)
    line = tab.locator("#steps .step-line:has(.step-title:text-is('download_invoices'))")
    line.focus()
    tab.keyboard.press("v")
    expect(video).to_be_focused()
    moment = settled(video)
    assert moment > 5
    expect(tab.locator("[data-happening]")).to_have_text("download_invoices")
    walk_to(tab, "[data-happening]")
    tab.keyboard.press("Enter")
    expect(line).to_have_attribute("aria-current", "true")
    expect(line).to_be_focused()
    video.evaluate("v => { v.currentTime = 0 }")
    expect(tab.locator("[data-happening]")).to_have_text(re.compile("sign_in"))
    tab.locator("#selected").get_by_role("button", name="Show in the recording").press("Enter")
    assert abs(settled(video) - moment) < 0.3
    expect(tab.locator("[data-happening]")).to_have_text("download_invoices")


def test_a_screenshot_leads_to_its_moment(tab: Page, deck: Deck) -> None:
    visit(tab, newest(deck, "Invoice download"))
    video = loaded(tab)
    tab.locator(".film [data-shot]").last.press("Enter")
    tab.locator("#lightbox-moment").press("Enter")
    expect(tab.locator("#lightbox")).to_be_hidden()
    assert settled(video) > 8
    expect(video).to_be_focused()


def test_each_attempt_has_its_recording_and_updates_leave_it_where_it_is(
    tab: Page, deck: Deck, server: Server
) -> None:
    run_id = begin(deck, server, "Tries again", [OPENS, FAILS], retry_policy=TRIES_AGAIN)
    visit(tab, run_id)
    expect(tab.locator("#recording video")).to_have_count(1, timeout=40_000)
    video = loaded(tab)
    video.evaluate("v => { v.currentTime = 1.5; window.kept = v }")
    assert settled(video) == pytest.approx(1.5)
    attempts = tab.locator("#steps > li.kind-attempt")
    expect(attempts).to_have_count(2, timeout=40_000)
    expect(tab.locator("#recording video")).to_have_count(2, timeout=40_000)
    assert video.evaluate("v => v === window.kept && v.currentTime") == pytest.approx(1.5)
    expect(tab.locator("#recording")).to_contain_text("Recording 2 of 2")
    expect(tab.locator("#recording")).to_contain_text("Attempt 2")
    second = tab.locator("#step-attempt-2 .step-line:has(.step-title:text-is('open_portal'))")
    second.focus()
    tab.keyboard.press("v")
    expect(tab.locator("#recording video").nth(1)).to_be_focused()
    now = tab.locator("#recording figure").nth(1).locator("[data-happening]")
    expect(now).to_have_text(re.compile("^Attempt 2 . open_portal"))


CUT_OFF = Path(__file__).with_name("cut-off.webm").read_bytes()
"""Three seconds of Chromium's MediaRecorder, in pieces: they do not say how long they are."""
PATIENT = """() => {
  const wait = setTimeout;
  window.setTimeout = (then, milliseconds) => milliseconds < 10_000 && wait(then, milliseconds);
}"""


def give_a_part(route: Route) -> None:
    """As a server that can: without parts, a browser that has stopped reading cannot go on."""
    asked = re.match(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", "bytes=0-"))
    assert asked
    start, last = int(asked[1]), int(asked[2] or len(CUT_OFF) - 1)
    headers = {"Content-Range": f"bytes {start}-{last}/{len(CUT_OFF)}", "Accept-Ranges": "bytes"}
    body = CUT_OFF[start : last + 1]
    route.fulfill(status=206, body=body, content_type="video/webm", headers=headers)


@pytest.mark.parametrize("meanwhile", ["", "v.load()"], ids=["at once", "loaded again meanwhile"])
def test_a_recording_that_does_not_know_its_length_is_measured(
    tab: Page, deck: Deck, meanwhile: str
) -> None:
    visit(tab, newest(deck, "Invoice download"))
    address = tab.locator("#recording video").get_attribute("src")
    tab.route(f"**{address}", give_a_part)
    tab.reload()
    video = loaded(tab)
    assert video.evaluate("v => v.duration === Infinity")
    tab.evaluate(PATIENT)  # it must be measured, not given up
    tab.locator("[data-mark]").nth(1).focus()
    video.evaluate(f"v => {{ document.activeElement.click(); {meanwhile} }}")
    wait_until("its length is known", lambda: video.evaluate("v => isFinite(v.duration)"))
    assert 0 <= settled(video) <= 4
    expect(tab.locator("[data-player] [data-time]")).to_have_text(re.compile(r"/ 0:0[23]"))


@pytest.mark.parametrize(
    ("status", "said"), [(404, "does not have this recording any more"), (200, "is empty")]
)
def test_a_recording_that_is_gone_or_empty_says_so(
    tab: Page, deck: Deck, status: int, said: str
) -> None:
    visit(tab, newest(deck, "Invoice download"))
    video = loaded(tab)
    address = video.get_attribute("src")
    nothing = {"Content-Type": "video/webm", "Content-Length": "0"}
    tab.route(f"**{address}", lambda route: route.fulfill(status=status, headers=nothing))
    # It is asked for again for half a minute; the last answer is the one that counts.
    video.evaluate("v => { for (let n = 0; n < 6; n++) v.dispatchEvent(new Event('error')) }")
    lost = tab.locator("[data-video-lost]")
    expect(lost.locator("span:visible")).to_contain_text(said)
    expect(tab.locator(".player-bar")).to_be_hidden()
    video.dispatch_event("durationchange")  # as when it is still being loaded
    for other in ("[data-happening]", "#recording figcaption"):
        expect(tab.locator(other)).to_be_hidden()
