"""Which browser the browser tests drive, how it is started, and what they all do with a tab."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

from ops.system import chromium

WITHOUT_GPU = ("--disable-gpu", "--disable-software-rasterizer")
"""Else the browser plays one on the processor: 9 of the 78 seconds of every page at 360 pixels."""


def launch_args() -> dict[str, Any]:
    """Playwright's arguments: CHROMIUM or the machine's browser, else Playwright's own download.

    As root a browser starts only without its sandbox.
    """
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    arguments: dict[str, Any] = {"args": [*WITHOUT_GPU, *as_root]}
    if path := chromium():
        arguments["executable_path"] = path
    return arguments


UNREACHED = ("Failed to load resource", "Failed to fetch", "NetworkError")
"""A failed load is told by the test that needs it."""
WATCH = """
addEventListener("securitypolicyviolation",
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((e) => e.duration)))
  .observe({ type: "longtask", buffered: true });
"""
NAMES = """() => [document.activeElement].flatMap(found => [
  found.innerText, found.ariaLabel, ...[...(found.labels ?? [])].map(label => label.innerText),
]).map(text => (text ?? "").trim())"""


@contextmanager
def watched(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A tab of its own context on the site at `url`; a console error, a CSP violation or a
    dialog of a script fails the test at the end."""
    settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
    context = browser.new_context(base_url=url, **settings)
    context.add_init_script(WATCH)
    page = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in UNREACHED):
            complaints.append(message.text)

    def close(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            complaints.append(f"a dialog: {dialog.message}")
        dialog.accept()

    page.on("console", note)
    page.on("dialog", close)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == [], complaints


def reach(page: Page, words: str, most: int = 60) -> None:
    """Tab until the link, button or field of that name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        # An update may just have replaced what had the focus: then nothing has it until the next.
        if words in page.evaluate(NAMES):
            return
    raise AssertionError(f"{words!r} was not among the first {most} stops of Tab")
