"""The launch form in a real browser: a double click, a session that ended, and axe."""

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
from runs.models import Draft, Launch, Workflow
from tests.e2e.faults import faults

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # The live server's threads end with the test, and leave closing SQLite to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def form(
    browser: Browser, live_server: LiveServer, sandbox: Sandbox, person: Callable[[str], User]
) -> Iterator[Page]:
    """An operator's tab with the form of the agent that takes every type."""
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    workflow = Workflow.objects.get(title="Every parameter type")
    person("operator")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/login/?next=/agents/{workflow.pk}/launch/")
    log_in(page)
    yield page
    # A draft goes out when the page is left. It shares this database's connection: let it end.
    page.goto("about:blank")
    page.wait_for_timeout(500)
    context.close()


def log_in(page: Page) -> None:
    page.fill("[name=username]", "operator")
    page.fill("[name=password]", "a long passphrase")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1, name="Launch Every")).to_be_visible()
    page.wait_for_load_state()  # its scripts listen from then on


def test_a_double_click_is_one_run(form: Page, sandbox: Sandbox) -> None:
    form.fill("#id_p1", "Ada")
    sandbox.fault("latency", path="/v1/run/agents", seconds=1)
    form.get_by_role("button", name="Launch Every").dblclick()
    form.wait_for_url(re.compile("/runs/wr_"), timeout=20_000)
    assert sandbox.calls.count(("POST", "/v1/run/agents")) == 1


def draft_kept_after(page: Page, act: Callable[[], object]) -> None:
    with page.expect_response(re.compile("/launch/draft/")) as answer:
        act()
    assert answer.value.status == 204


def test_what_was_typed_outlives_a_session_that_ended(form: Page, sandbox: Sandbox) -> None:
    form.fill("#id_p1", "Ada")
    form.select_option("#id_p4", "true")
    form.context.clear_cookies(name="sessionid")
    form.get_by_role("button", name="Launch Every").click()
    log_in(form)
    expect(form.locator("#id_p1")).to_have_value("Ada")
    expect(form.locator("#id_p4")).to_have_value("true")
    expect(form.get_by_text("Restored what you had typed")).to_be_visible()
    form.get_by_role("button", name="Launch Every").click()
    form.wait_for_url(re.compile("/runs/wr_"), timeout=20_000)
    form.go_back()
    form.reload()
    expect(form.get_by_text("Restored what you had typed")).to_be_hidden()


def test_what_was_typed_is_there_in_another_tab_but_no_header_value(form: Page) -> None:
    form.get_by_text("Browser", exact=True).click()
    form.get_by_label("Extra HTTP headers").get_by_label("Name 1").fill("X-Key")
    form.get_by_label("Extra HTTP headers").get_by_label("Value 1").fill("s3cret")
    draft_kept_after(form, lambda: form.fill("#id_p1", "Ada"))
    assert "s3cret" not in str(Draft.objects.get().typed)
    other = form.context.new_page()
    other.goto(form.url)
    expect(other.locator("#restored")).to_contain_text("Restored what you had typed")
    expect(other.locator("#id_p1")).to_have_value("Ada")
    other.get_by_role("button", name="Start afresh").click()
    expect(other.locator("#restored")).to_have_count(0)
    expect(other.locator("#id_p1")).to_have_value("")


def test_rows_of_pairs_are_sent_as_lines(form: Page) -> None:
    form.get_by_text("Webhook and metadata", exact=True).click()
    metadata = form.get_by_label("Metadata")
    metadata.get_by_label("Name 1").fill("customer")
    metadata.get_by_label("Value 1").fill("acme: north")
    metadata.get_by_role("button", name="Add a row").press("Enter")
    expect(metadata.get_by_label("Name 2")).to_be_focused()
    form.keyboard.type("team")
    form.keyboard.press("Tab")
    form.keyboard.type("ops")
    expect(form.locator("[name=run_metadata]")).to_have_value("customer: acme: north\nteam: ops")
    expect(form.locator(".topic", has_text="Metadata: 2")).to_be_visible()
    metadata.get_by_role("button", name="Remove row 1").press("Enter")
    expect(form.locator("[name=run_metadata]")).to_have_value("team: ops")


def test_json_is_put_in_order_by_keyboard_and_errors_name_their_place(form: Page) -> None:
    form.fill("#id_p5", '{"a":[1.0,{}],"b":9007199254740993}')
    form.locator("#id_p5").press("Tab")
    expect(form.get_by_role("button", name="Format")).to_be_focused()
    form.keyboard.press("Enter")
    ordered = '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": 9007199254740993\n}'
    expect(form.locator("#id_p5")).to_have_value(ordered)
    form.fill("#id_p5", '{\n  "a" 1}')
    form.get_by_role("button", name="Format").click()
    expect(form.get_by_text("Line 2, column 7")).to_be_visible()
    expect(form.locator("#id_p5")).to_be_focused()


def test_a_preset_is_made_and_opened_and_code_is_read_without_a_mouse(
    form: Page, sandbox: Sandbox
) -> None:
    form.locator("#id_p1").focus()
    form.keyboard.type("Ada")
    form.get_by_role("button", name="Copy as code").press("Enter")
    dialog = form.get_by_role("dialog", name="The same launch, as code")
    expect(dialog).to_contain_text("$SKYVERN_API_KEY")
    assert faults(form) == []
    form.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    form.locator(".preset-fields summary").press("Enter")
    form.get_by_label("Name required").focus()
    form.keyboard.type("Night shift")
    form.get_by_label("Share it").press("Space")
    form.get_by_role("button", name="Save the preset").press("Enter")
    form.wait_for_url("**?preset=*")
    expect(form.locator("#id_p1")).to_have_value("Ada")
    assert faults(form) == []
    form.get_by_role("link", name="Change Night shift").press("Enter")
    expect(form.get_by_role("heading", level=1, name="Night shift")).to_be_visible()
    assert faults(form) == []
    form.get_by_role("link", name="Open in the form").press("Enter")
    form.locator("#id_p1").press("End")
    form.keyboard.type(" L.")
    form.get_by_role("button", name="Launch Every").press("Enter")
    form.wait_for_url(re.compile("/runs/wr_"), timeout=20_000)
    assert Launch.objects.get().request["parameters"]["customer"] == "Ada L."


def test_a_chosen_file_is_uploaded_and_its_address_filled_in(form: Page, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("a,b")
    form.set_input_files("#id_p6-file", file)
    expect(form.locator("#id_p6")).to_have_value(re.compile("^s3://.*prices.csv$"))
    expect(form.get_by_text("Uploaded prices.csv.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_form_is_accessible_with_and_without_errors(form: Page, theme: str) -> None:
    form.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for topic in form.locator("details.topic summary").all():
        topic.click()
    form.select_option("#id_proxy_location", "place")
    expect(form.locator("#id_country")).to_be_visible()
    assert faults(form) == []
    form.fill("#id_p2", "1.9")
    form.get_by_role("button", name="Launch Every").click()
    expect(form.get_by_role("alert")).to_contain_text("Not a whole number")
    assert faults(form) == []
    form.get_by_role("alert").get_by_role("link", name="quantity").click()
    expect(form.locator("#id_p2")).to_be_focused()


@pytest.mark.parametrize("path", ["/agents/", "/agents/?q=nothing"])
def test_the_list_is_accessible(form: Page, live_server: LiveServer, path: str) -> None:
    form.goto(f"{live_server.url}{path}")
    assert faults(form) == []


def test_an_agent_is_accessible(form: Page) -> None:
    form.get_by_role("link", name="About this agent").click()
    expect(form.get_by_role("heading", name="Parameters")).to_be_visible()
    assert faults(form) == []
