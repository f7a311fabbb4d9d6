"""A file is launched by keyboard, and without scripts; every step is accessible in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from runs import mirror
from runs.models import Job, Workflow
from tests.browser import reach
from tests.e2e.faults import in_both_themes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # The live server's threads end with the test, and leave closing SQLite to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROWS = "Customer;QUANTITY;note\nAda;1.9;x\nGrace;3;y\n;4;z\n"
JOB = re.compile(r"/jobs/")


@pytest.fixture
def agent(sandbox: Sandbox, person: Callable[[str], User]) -> Workflow:
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    person("operator")
    return Workflow.objects.get(title="Every parameter type")


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, agent: Workflow
) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=request.param)
    page = context.new_page()
    page.goto(f"/login/?next=/agents/{agent.pk}/launch/many/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("a long passphrase")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1, name="Launch Every")).to_be_visible()
    yield page
    context.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-16")
    return path


@pytest.mark.parametrize("page", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_a_file_is_launched_by_keyboard_with_and_without_scripts(page: Page, file: Path) -> None:
    press = page.keyboard.press
    reach(page, "File")
    page.get_by_label("File", exact=True).set_input_files(file)
    reach(page, "Read the rows")
    press("Enter")
    expect(page.get_by_label("QUANTITY", exact=True)).to_have_value("quantity")
    reach(page, "Runs at most together")
    page.keyboard.type("3")
    press("Enter")  # the same as the button
    expect(page.get_by_text("2 of 3 rows cannot be launched")).to_be_visible()
    expect(page.locator("td.wrong")).to_have_count(2)
    expect(page.get_by_label("Text", exact=True)).to_have_value(ROWS)
    reach(page, "Go on with the 1 good row")
    press("Enter")
    title = "Launch 1 run of Every parameter type, at most 3 together"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert not Job.objects.exists()
    reach(page, "Launch 1 run")
    press("Enter")
    page.wait_for_url(JOB)
    [item] = Job.objects.get().items.all()
    assert (item.parameters["customer"], item.parameters["quantity"]) == ("Grace", 3)


@pytest.mark.parametrize("page", [True], indirect=True)
@pytest.mark.parametrize("width", [1440, 360])
def test_every_step_is_accessible_and_fits(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert in_both_themes(page) == []
    page.get_by_label("or paste the rows").fill('a,b\n1,"2')
    page.get_by_role("button", name="Read the rows").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2")
    assert in_both_themes(page) == []
    page.get_by_label("Text", exact=True).fill(ROWS.replace("Customer", "unknown"))
    page.get_by_role("button", name="Read the rows").click()
    expect(page.get_by_text("must be given and has no column")).to_be_visible()
    page.evaluate("document.querySelectorAll('#many details').forEach(found => found.open = true)")
    assert in_both_themes(page) == []
    page.get_by_label("unknown", exact=True).select_option("customer")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("td.wrong")).to_have_count(2)
    assert in_both_themes(page) == []
    page.get_by_role("button", name="Go on with").click()
    expect(page.get_by_role("button", name="Launch 1 run")).to_be_visible()
    assert in_both_themes(page) == []
