"""Pages full of hostile texts in a real browser: nothing of them runs, and nothing leaves."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from dashboard.sandbox import Sandbox
from runs.models import FailureGroup, Run
from tests.e2e.live import THREADS, signed_in
from tests.hostile.files import HTML
from tests.hostile.texts import TEXTS
from tests.runs.hostile_runs import mirrored

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    *(pytest.mark.filterwarnings(ignored) for ignored in THREADS),
]

SHORT = {name: text for name, text in TEXTS.items() if len(text) < 10_000}
TABS = ("steps", "output", "inputs", "files", "notes", "raw")
MIXED = "\n".join(text for text in SHORT.values() if len(text) < 300)


@pytest.fixture
def harmful(transactional_db: None, sandbox: Sandbox, settings: Settings) -> list[Run]:
    """A run for each text, and one that has them all in every field; each file is a page."""

    def app(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/html")])
        return [HTML]

    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    found = [mirrored(f"wr_{n}", text, minute=n) for n, text in enumerate(SHORT.values())]
    return [mirrored("wr_all", MIXED, minute=999), *found]


def test_nothing_of_it_runs_and_nothing_is_asked_for_elsewhere(
    browser: Browser, live_server: LiveServer, harmful: list[Run], person: Callable[[str], User]
) -> None:
    """A dialog, a console error or a violation of the CSP ends `signed_in` with an error."""
    person("superuser")
    asked: list[str] = []
    with signed_in(browser, live_server.url, "superuser") as page:
        page.on("request", lambda request: asked.append(request.url))
        run = harmful[0]
        logs = [f"/artifacts/a_{run.pk}_{kind}/table/" for kind in ("har", "browser_console_log")]
        pages = [f"{run.get_absolute_url()}?tab={tab}" for tab in TABS]
        pages += [f"{run.get_absolute_url()}compare/?with={harmful[1].pk}", *logs]
        pages += ["/", "/runs/", "/failures/", "/agents/", "/agents/wpid_evil/", "/jump/?q=script"]
        pages += [f"{run.get_absolute_url()}?tab=output&find=script"]
        pages += [group.get_absolute_url() for group in FailureGroup.objects.all()[:5]]
        pages += [f"{each.get_absolute_url()}?tab=output" for each in harmful]
        for path in pages:
            page.goto(path)
            provoke(page)
            assert page.evaluate("window.__pwned") is None, path
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "about:"))}
    assert hosts == {urlsplit(live_server.url).netloc}


def test_nothing_of_it_bursts_the_page_of_a_phone(
    browser: Browser, live_server: LiveServer, harmful: list[Run], person: Callable[[str], User]
) -> None:
    person("superuser")
    small = {"width": 360, "height": 800}
    room = "document.scrollingElement.clientWidth - document.scrollingElement.scrollWidth"
    run = harmful[0]
    paths = [f"{run.get_absolute_url()}?tab={tab}" for tab in TABS]
    paths += [f"{run.get_absolute_url()}compare/?with={harmful[1].pk}", "/runs/", "/failures/"]
    paths += ["/agents/", "/", f"{run.get_absolute_url()}?tab=output&find=script"]
    with signed_in(browser, live_server.url, "superuser", viewport=small) as page:
        lacking = {}
        for path in paths:
            page.goto(path)
            if lack := min(0, page.evaluate(room)):
                lacking[path] = lack
    assert lacking == {}


def provoke(page: Page) -> None:
    """All that handlers wait for, and every fold opened."""
    page.evaluate(
        """() => {
          for (const fold of document.querySelectorAll("main details")) fold.open = true;
          for (const element of document.querySelectorAll("main *"))
            for (const type of ["mouseover", "focus", "error", "load"])
              element.dispatchEvent(new Event(type));
        }"""
    )
    page.wait_for_timeout(30)
