"""A launch as a person makes it, and the page of the run that it leads to."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

RUN_URL = re.compile(r"/runs/([^/?]+)/")


def open_agent(tab: Page, title: str) -> None:
    tab.goto("/agents/")
    link = tab.get_by_role("link", name=title, exact=True)
    expect(link).to_be_visible(timeout=40_000)
    link.click()
    expect(tab.get_by_role("heading", level=1, name=title)).to_be_visible()


def field(tab: Page, key: str) -> Locator:
    return tab.get_by_label(re.compile(rf"^{re.escape(key)}( required)?$"))


def launch(tab: Page, title: str, inputs: dict[str, str] | None = None) -> str:
    """Fill in and press the button; the id of the run that it leads to."""
    open_agent(tab, title)
    tab.get_by_role("link", name="Launch").first.click()
    fill(tab, inputs or {})
    return send(tab, title)


def fill(tab: Page, inputs: dict[str, str]) -> None:
    for key, value in inputs.items():
        control = field(tab, key)
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)


def send(tab: Page, title: str) -> str:
    """Press the button of the form; the id of the run that it leads to."""
    tab.get_by_role("button", name=f"Launch {title}").click()
    tab.wait_for_url(RUN_URL)
    found = RUN_URL.search(tab.url)
    assert found
    return found[1]


def head(tab: Page) -> Locator:
    return tab.locator("#run-head .pill").first


def wait_for_status(tab: Page, status: str, seconds: float) -> None:
    """Without a reload: the mark set on the window must still be there afterwards."""
    expect(head(tab)).to_have_text(re.compile(status, re.IGNORECASE), timeout=seconds * 1000)
