"""A real browser on a whole Skydeck; a console error or a CSP violation fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

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


@pytest.fixture(scope="session")
def deck(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """Started as a user starts it, stopped as a user stops it; one for all modules but those that
    move the sandbox's clock, kill a program or count all that was ever done: see `own_deck`."""
    with Deck(tmp_path_factory.mktemp(server.name), server.environment) as made:
        yield made


@pytest.fixture(scope="module")
def own_deck(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """What such a module makes its `deck`."""
    with Deck(tmp_path_factory.mktemp(server.name), server.environment) as made:
        yield made


UNREACHED = ("Failed to load resource", "Failed to fetch", "NetworkError")


def log_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@contextmanager
def watched(browser: Browser, deck: Deck) -> Iterator[Page]:
    """A tab of its own context; what its console complains of fails the test at the end."""
    context = browser.new_context(
        base_url=deck.url,
        viewport={"width": 1440, "height": 900},
        timezone_id="Europe/Berlin",
        locale="en-GB",
    )
    context.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " e => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    page = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A failed load is told by the test that needs it; here scripts and the CSP are watched.
        if message.type == "error" and not any(word in message.text for word in UNREACHED):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def tab(browser: Browser, deck: Deck) -> Iterator[Page]:
    """A tab of a user who is logged in as the administrator."""
    with watched(browser, deck) as page:
        log_in(page)
        yield page
