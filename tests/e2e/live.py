"""A tab on a Skydeck in this process, whose database the test fills as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.e2e.conftest import UNREACHED

WATCH = """
addEventListener("securitypolicyviolation",
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((e) => e.duration)))
  .observe({ type: "longtask", buffered: true });
"""
THREADS = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
"""The live server's threads end with the test, and leave closing SQLite to the collector."""


@contextmanager
def signed_in(browser: Browser, url: str, role: str, **options: Any) -> Iterator[Page]:
    """As a `person` of that role, who exists; a console error or a CSP violation fails the test."""
    settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
    context = browser.new_context(base_url=url, **settings)
    context.add_init_script(WATCH)
    page = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in UNREACHED):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
    page.goto("/password/")
    page.get_by_label("Username").fill(role)
    page.get_by_label("Password").fill("a long passphrase")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/password/")
    yield page
    page.goto("about:blank")  # what it still asked for shares this database's connection
    page.wait_for_timeout(300)
    context.close()
    assert not complaints, "\n".join(complaints)


def longest_task(page: Page) -> float:
    """Of all since the page was opened, in milliseconds; 0 if none was long."""
    page.wait_for_timeout(150)  # an observer is told a moment later
    found: float = page.evaluate("Math.max(0, ...window.tasks)")
    return found
