"""What every test can ask for: a sandboxed Skyvern without a socket, and people of every role."""

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import hypothesis
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from dashboard.roles import make_roles
from dashboard.sandbox import Sandbox
from tests import browser

# A busy machine is slow now and then, which proves nothing.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")

type Browse = Callable[[str], Client]

ROLES = ("support", "operator", "team_admin", "superuser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest go first, so that the processes end together."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or asked & {"db", "transactional_db"}:
            item.add_marker(pytest.mark.database)
    items.sort(key=lambda item: "e2e" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a test that failed, what its Skydeck says: nobody can look at it afterwards."""
    report = yield
    if report.failed:
        from tests.e2e.deck import Deck

        for value in getattr(item, "funcargs", {}).values():
            deck = getattr(value, "deck", value)
            if isinstance(deck, Deck):
                report.sections.append(("Skydeck", deck.last_words()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many ways to do harm there are that were tried."""
    passed = terminalreporter.stats.get("passed", [])
    if any("test_hostile_corpus" in report.nodeid for report in passed):
        from tests.hostile import CASES, GROUPS

        told = ", ".join(f"{len(cases)} {group}" for group, cases in GROUPS.items())
        terminalreporter.write_line(f"hostile corpus: {len(CASES)} cases ({told})")


@pytest.fixture(scope="session", autouse=True)
def playwright_beside_django() -> Iterator[None]:
    """Playwright's loop runs in this thread, and Django would take that for async code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """What a test before left behind for a second or a minute."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


def hardly_moving() -> Callable[[], datetime]:
    """A clock that goes on by a millisecond each time that it is read: how far a run has come is
    then told by `Sandbox.advance`, and not by how fast this machine is."""
    begin, reads = datetime.now(UTC), count()
    return lambda: begin + next(reads) * timedelta(milliseconds=1)


@pytest.fixture
def sandbox(settings: Settings) -> Sandbox:
    """An empty stand-in server in this process; `connect()` reaches it."""
    app = Sandbox(history=0, clock=hardly_moving())
    transport = httpx.WSGITransport(app=app)
    settings.SKYVERN_TRANSPORT = transport
    settings.SKYVERN_BASE_URL = "http://sandbox"
    settings.SKYVERN_API_KEY = app.api_key
    return app


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """`person("operator")`: a user of that role; `person("nobody")` has none."""

    def make(role: str) -> User:
        if role == "superuser":
            return User.objects.create_superuser(role, password="a long passphrase")
        user = User.objects.create_user(role, password="a long passphrase")
        if role != "nobody":
            # A test with real transactions empties the tables, and so what a migration made.
            if not Group.objects.exists():
                make_roles(Group, Permission)
            user.groups.add(Group.objects.get(name=role.replace("_", " ").capitalize()))
        return user

    return make


@pytest.fixture
def browse(person: Callable[[str], User]) -> Browse:
    """`browse("support")`: Django's test client, logged in as a user of that role."""

    def log_in(role: str) -> Client:
        client = Client()
        client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """What pytest-playwright starts the browser with."""
    return browser.launch_args()
