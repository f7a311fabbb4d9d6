"""The frame in a real browser: updates that harm nothing, keys, dialogs, tips, no CSP complaint."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.faults import faults

PASSWORD = "a long passphrase"
pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
DAY = r"\w{3} \d{1,2} \w{3} \d{4}"
CLOCK = r"\d\d:\d\d:\d\d"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the product and the live page are served, by a process and database of their own."""
    folder = tmp_path_factory.mktemp("site")
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.dashboard.live_settings",
        "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        "SKYDECK_VAR": str(folder),
        "DJANGO_SUPERUSER_USERNAME": "maria",
        "DJANGO_SUPERUSER_EMAIL": "",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }

    def manage(*words: str) -> list[str]:
        return [sys.executable, "manage.py", *words]

    for words in (("migrate", "-v0"), ("createsuperuser", "--noinput", "-v0")):
        subprocess.run(manage(*words), cwd=ROOT, env=environment, check=True)
    with (folder / "log").open("w") as log:
        serve = manage("runserver", address, "--noreload", "--nostatic")
        server = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://{address}/healthz")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(url: str) -> None:
    for _ in range(150):
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def tab(context: BrowserContext, site: str) -> Iterator[Page]:
    """A superuser's tab; what the browser complains of fails the test."""
    page = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site + "/login/?next=/live/")
    page.get_by_label("Username").fill("maria")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Live")).to_be_visible()
    page.wait_for_load_state()
    yield page
    steer(page)
    assert complaints == []


def steer(tab: Page, **words: str | float | bool) -> int:
    """Break, mend or note at the live page; how often was sent since the last time."""
    answer = tab.request.get(urljoin(tab.url, "/live/steer/"), params=words)
    sent: int = answer.json()["sent"]
    return sent


def updates(tab: Page, times: int = 2) -> None:
    for _ in range(times):
        before = tab.locator("#version").inner_text()
        expect(tab.locator("#version")).not_to_have_text(before, timeout=8000)


def test_an_update_takes_nothing_from_the_person(tab: Page) -> None:
    tab.locator("#ticked").check()
    tab.locator("#more summary").click()
    tab.locator("#scrolled").evaluate("e => { e.scrollTop = 300 }")
    tab.locator("#typed").fill("half a sen")
    tab.locator("#typed").press("ArrowLeft")
    updates(tab)
    expect(tab.locator("#typed")).to_be_focused()
    expect(tab.locator("#typed")).to_have_value("half a sen")
    assert tab.locator("#typed").evaluate("e => e.selectionStart") == 9
    expect(tab.locator("#ticked")).to_be_checked()
    assert tab.locator("#more").evaluate("e => e.open") is True
    assert tab.locator("#scrolled").evaluate("e => e.scrollTop") == 300
    tab.locator("#send").focus()
    updates(tab)
    expect(tab.locator("#typed")).to_have_value("half a sen")
    expect(tab.locator("#send")).to_be_focused()


def test_a_focused_row_keeps_its_focus_while_rows_come_and_go(tab: Page) -> None:
    tab.locator("#row-4 a").focus()
    updates(tab, 3)
    expect(tab.locator("#row-4 a")).to_be_focused()


def test_a_broken_server_leaves_the_last_content_and_says_so(tab: Page) -> None:
    steer(tab, **{"break": "1"})
    expect(tab.locator("#offline")).to_be_visible(timeout=20_000)
    expect(tab.get_by_text("Something broke")).to_have_count(0)
    expect(tab.locator("#version")).to_be_visible()


def test_an_ended_session_keeps_what_was_typed(tab: Page, context: BrowserContext) -> None:
    tab.locator("#typed").fill("not lost")
    context.clear_cookies(name="sessionid")
    expect(tab.locator("#signed-out")).to_be_visible(timeout=8000)
    expect(tab.locator("#typed")).to_have_value("not lost")
    link = tab.locator("#signed-out a").get_attribute("href") or ""
    assert "next=%2Flive%2F" in link


def test_what_destroys_asks_first_with_the_safe_choice_focused(tab: Page) -> None:
    tab.locator("#danger").click()
    dialog = tab.get_by_role("dialog", name="Cancel this run?")
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(tab.locator("#danger")).to_be_focused()
    assert steer(tab) == 0
    tab.locator("#danger").click()
    dialog.get_by_role("button", name="Cancel the run").click()
    tab.wait_for_url("**/live/sent/")
    assert steer(tab) == 1


def test_a_double_click_sends_once_and_going_back_allows_another(tab: Page) -> None:
    tab.locator("#send").dblclick()
    tab.wait_for_url("**/live/sent/")
    assert steer(tab) == 1
    tab.go_back()
    tab.locator("#send").click()
    tab.wait_for_url("**/live/sent/")
    assert steer(tab) == 1


def test_keys_lead_everywhere(tab: Page) -> None:
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog", name="Keyboard")).to_be_visible()
    tab.keyboard.press("Escape")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    focused = tab.locator(":focus")
    expect(focused).to_have_class("row-link")
    tab.keyboard.press("k")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("nothing like it")
    expect(tab.locator("#jump")).to_contain_text("Nothing else is called")
    tab.keyboard.press("Escape")
    expect(tab.locator("#jump")).to_be_hidden()
    tab.keyboard.press("g")
    tab.keyboard.press("o")
    expect(tab.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_time_shows_its_zone_and_utc_on_focus_and_hover(tab: Page) -> None:
    steer(tab, note="1")
    tab.goto(urljoin(tab.url, "/activity/"))
    moment = tab.locator("main time").first
    moment.focus()
    expect(tab.get_by_role("tooltip")).to_have_text(re.compile(f"^{DAY}, {CLOCK} UTC$"))
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("tooltip")).to_be_hidden()
    moment.hover()
    expect(tab.get_by_role("tooltip")).to_be_visible()


def test_a_time_is_told_in_the_zone_of_the_viewer_too(
    tab: Page, context: BrowserContext, browser: Browser
) -> None:
    steer(tab, note="1")
    state = context.storage_state()
    tokyo = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", storage_state=state)
    page = tokyo.new_page()
    page.goto(urljoin(tab.url, "/activity/"))
    page.locator("main time").first.focus()
    exact = re.compile(f"^{DAY}, {CLOCK} (JST|GMT\\+9)\\s({DAY}, )?{CLOCK} UTC$")
    expect(page.get_by_role("tooltip")).to_have_text(exact)
    tokyo.close()


def test_who_guesses_is_told_when_to_try_again(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    for _ in range(5):
        page.goto(site + "/login/")
        page.get_by_label("Username").fill("somebody")
        page.get_by_label("Password").fill("guess")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state()
    page.wait_for_timeout(1500)  # the page's clock has ticked
    expect(page.locator("time.when")).to_have_text(re.compile("in 1[45] min"))


def test_the_theme_is_kept_without_a_flash(tab: Page) -> None:
    tab.get_by_role("button", name="Dark or light").click()
    theme = tab.locator("html").get_attribute("data-theme")
    answer = tab.request.get(tab.url)
    assert f'data-theme="{theme}"' in answer.text()


@pytest.mark.parametrize("path", ["/", "/activity/", "/jump/?q=a", "/password/", "/nowhere/"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit_every_width(tab: Page, path: str, theme: str) -> None:
    steer(tab, note="1")
    tab.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    tab.goto(urljoin(tab.url, path))
    for width in (320, 768, 1440, 2560):
        tab.set_viewport_size({"width": width, "height": 900})
        assert faults(tab) == [], width


def test_the_administration_runs_under_our_policy(tab: Page) -> None:
    for path in ("/admin/", "/admin/auth/user/add/", "/admin/dashboard/feed/", "/admin/runs/run/"):
        tab.goto(urljoin(tab.url, path))
        expect(tab.locator("#content")).to_be_visible()
