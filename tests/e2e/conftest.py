"""A real browser on a whole Skydeck; a console error or a CSP violation fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import watched
from tests.e2e import servers
from tests.e2e.deck import ADMIN, PASSWORD, Deck

SERVERS = [
    pytest.param(servers.sandbox, id="sandbox"),
    pytest.param(servers.skyvern, id="skyvern", marks=pytest.mark.skyvern),
]
ON_SANDBOX = pytest.mark.parametrize("server", SERVERS[:1], indirect=True)
"""Of tests that need what a real Skyvern does not do when asked."""
ON_SKYVERN = pytest.mark.parametrize("server", SERVERS[1:], indirect=True)
"""Of tests of what only a real one does."""


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> servers.Server:
    made: servers.Server = request.param()
    return made


@pytest.fixture(scope="package")
def deck(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """Started as a user starts it, stopped as a user stops it; one for all modules but those that
    move the sandbox's clock, kill a program or count all that was ever done: see `own_deck`.

    What comes after this folder's tests does not run beside one that nobody looks at.
    """
    with Deck(tmp_path_factory.mktemp(server.name), server.environment) as made:
        yield made


@pytest.fixture(scope="module")
def own_deck(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """What such a module makes its `deck`."""
    with Deck(tmp_path_factory.mktemp(server.name), server.environment) as made:
        yield made


def log_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def signed_in(page: Page, deck: Deck) -> None:
    """As the administrator: by the form at first, later with the session that began there. To
    check a password takes longer than any page."""
    page.context.add_cookies(deck.session)
    page.goto("/")
    if page.get_by_label("Password").count():
        log_in(page)
        deck.session = [c for c in page.context.cookies() if c["name"] == "sessionid"]


@pytest.fixture
def tab(browser: Browser, deck: Deck) -> Iterator[Page]:
    """A tab of a user who is logged in as the administrator."""
    with watched(browser, deck.url, timezone_id="Europe/Berlin") as page:
        signed_in(page, deck)
        yield page


@pytest.fixture
def plain(browser: Browser, deck: Deck) -> Iterator[Page]:
    """A tab of the administrator that runs no scripts."""
    with browser.new_context(
        base_url=deck.url, java_script_enabled=False, locale="en-GB"
    ) as context:
        page = context.new_page()
        signed_in(page, deck)
        yield page
