"""A tab on a Skydeck in this process, whose database the test fills as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser import watched

THREADS = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
"""The live server's threads end with the test, and leave closing SQLite to the collector."""


@contextmanager
def signed_in(browser: Browser, url: str, role: str, **options: Any) -> Iterator[Page]:
    """As a `person` of that role, who exists; a console error or a CSP violation fails the test."""
    with watched(browser, url, **options) as page:
        page.goto("/password/")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill("a long passphrase")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/password/")
        yield page
        page.goto("about:blank")  # what it still asked for shares this database's connection
        page.wait_for_timeout(300)


def longest_task(page: Page) -> float:
    """Of all since the page was opened, in milliseconds; 0 if none was long."""
    page.wait_for_timeout(150)  # an observer is told a moment later
    found: float = page.evaluate("Math.max(0, ...window.tasks)")
    return found
