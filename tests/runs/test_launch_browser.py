"""The launch form in a real browser: a double click, a session that ended, and axe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from runs import mirror
from runs.models import Workflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    # The live server's threads end with the test, and leave closing SQLite to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="session", autouse=True)
def playwright_beside_django() -> Iterator[None]:
    """Playwright's loop runs in this thread, and Django would take that for async code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def form(
    browser: Browser, live_server: LiveServer, sandbox: Sandbox, person: Callable[[str], User]
) -> Iterator[Page]:
    """An operator's tab with the form of the agent that takes every type."""
    cache.clear()
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    workflow = Workflow.objects.get(title="Every parameter type")
    person("operator")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/login/?next=/agents/{workflow.pk}/launch/")
    log_in(page)
    yield page
    context.close()


def log_in(page: Page) -> None:
    page.fill("[name=username]", "operator")
    page.fill("[name=password]", "a long passphrase")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1, name="Launch Every")).to_be_visible()


def violations(page: Page) -> list[str]:
    """Of WCAG 2.2 AA, each with the elements it is about."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{v['id']}: {[node['html'] for node in v['nodes']]}" for v in found]


def test_a_double_click_is_one_run(form: Page, sandbox: Sandbox) -> None:
    form.fill("#id_p1", "Ada")
    sandbox.fault("latency", path="/v1/run/agents", seconds=1)
    form.get_by_role("button", name="Launch Every").dblclick()
    form.wait_for_url(re.compile("/runs/wr_"), timeout=20_000)
    assert sandbox.calls.count(("POST", "/v1/run/agents")) == 1


def test_what_was_typed_outlives_a_session_that_ended(form: Page, sandbox: Sandbox) -> None:
    form.fill("#id_p1", "Ada")
    form.select_option("#id_p4", "true")
    form.context.clear_cookies(name="sessionid")
    form.get_by_role("button", name="Launch Every").click()
    log_in(form)
    form.get_by_role("button", name="Bring it back").click()
    expect(form.locator("#id_p1")).to_have_value("Ada")
    expect(form.locator("#id_p4")).to_have_value("true")
    form.get_by_role("button", name="Launch Every").click()
    form.wait_for_url(re.compile("/runs/wr_"), timeout=20_000)
    form.go_back()
    expect(form.get_by_role("button", name="Bring it back")).to_be_hidden()


def test_the_form_is_accessible_with_and_without_errors(form: Page) -> None:
    for topic in form.locator("details.topic summary").all():
        topic.click()
    assert violations(form) == []
    form.fill("#id_p2", "1.9")
    form.get_by_role("button", name="Launch Every").click()
    expect(form.get_by_role("alert")).to_contain_text("Not a whole number")
    assert violations(form) == []
    form.get_by_role("alert").get_by_role("link", name="quantity").click()
    expect(form.locator("#id_p2")).to_be_focused()


@pytest.mark.parametrize("path", ["/agents/", "/agents/?q=nothing"])
def test_the_list_is_accessible(form: Page, live_server: LiveServer, path: str) -> None:
    form.goto(f"{live_server.url}{path}")
    assert violations(form) == []


def test_an_agent_is_accessible(form: Page) -> None:
    form.get_by_role("link", name="About this agent").click()
    expect(form.get_by_role("heading", name="Parameters")).to_be_visible()
    assert violations(form) == []
