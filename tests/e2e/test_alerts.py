"""Being told of a failure: from a first channel to the failing screenshot behind the message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from tests.e2e.conftest import ON_SANDBOX, log_in
from tests.e2e.deck import Deck, wait_until
from tests.e2e.faults import on_pages
from tests.e2e.launching import launch, wait_for_status
from tests.e2e.servers import Server
from tests.receivers import Receiver, receiver

pytestmark = pytest.mark.browser

LONG = 60_000


@pytest.fixture(scope="module")
def deck(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deck]:
    """One that may send to this machine, and says where people find it."""
    made = Deck(tmp_path_factory.mktemp(server.name), server.environment)
    made.env["NOTIFY_PRIVATE_HOSTS"] = "127.0.0.1"
    if server.name == "sandbox":  # a real one refuses webhooks to this machine
        made.env["PUBLIC_URL"] = made.url
    with made:
        yield made


@pytest.fixture
def other_side() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def make_channel(page: Page, kind: str, name: str, address: str) -> None:
    page.goto("/alerts/channels/")
    page.get_by_role("link", name=kind, exact=True).click()
    page.get_by_label(re.compile("^Name")).fill(name)
    page.get_by_label(re.compile("^Address")).fill(address)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def bodies(other_side: Receiver) -> list[dict[str, Any]]:
    return [json.loads(post.body) for post in other_side.posts]


def test_a_failed_run_is_told_of_and_its_screenshot_is_one_click_away(
    tab: Page, deck: Deck, server: Server, other_side: Receiver
) -> None:
    make_channel(tab, "Webhook", "Hook", f"{other_side.url}/hook")
    secret = tab.locator("code.secret").inner_text()
    tab.get_by_role("button", name="Send a test").click()
    wait_until("the test arrives", lambda: other_side.posts, 30)
    (post,) = other_side.posts
    assert Webhook(secret).verify(post.body, post.headers)["type"] == "skydeck.test"

    tab.goto("/alerts/new/")
    tab.get_by_label(re.compile("^Agent")).fill(server.failing)
    tab.get_by_role("checkbox", name="Hook").check()
    tab.get_by_label(re.compile("^Name")).fill("Bad ends")
    tab.get_by_role("button", name="Save the rule").click()
    expect(tab.locator(".rule-sentence")).to_contain_text(f"of {server.failing}, tell Hook")

    run_id = launch(tab, server.failing)
    wait_for_status(tab, "failed", 90)
    wait_until("the alert arrives", lambda: len(other_side.posts) > 1, 60)
    told = Webhook(secret).verify(other_side.posts[1].body, other_side.posts[1].headers)
    (event,) = told["data"]["events"]
    assert event["run_id"] == run_id
    assert server.reason in event["reason"].lower()

    tab.goto("/alerts/sent/")
    row = tab.locator("table.alert-sent tbody tr").first
    expect(row).to_contain_text(f"{server.failing}: failed")
    expect(row.locator(".pill")).to_have_text("Sent")
    if "PUBLIC_URL" not in deck.env:
        return
    tab.goto(event["url"])  # what a person clicks in the message
    shot = tab.locator("#run-failure .failure-shot img")
    expect(shot).to_be_visible()
    wait_until("it is a picture", lambda: shot.evaluate("e => e.complete && e.naturalWidth > 0"))


def test_what_is_not_delivered_is_shown_and_sent_again(
    tab: Page, deck: Deck, other_side: Receiver
) -> None:
    other_side.statuses = [503]
    make_channel(tab, "Slack", "Chat", f"{other_side.url}/chat")
    tab.get_by_role("button", name="Send a test").click()
    tab.goto("/alerts/sent/")
    row = tab.locator("table.alert-sent tbody tr").first
    expect(row.locator(".pill")).to_have_text("Trying again", timeout=LONG)
    row.locator(".row-link").press("Enter")
    expect(tab.get_by_text("503 ok")).to_be_visible()
    tab.get_by_role("button", name="Send it now").press("Enter")
    expect(tab.locator("#notification .pill")).to_have_text("Sent", timeout=LONG)
    assert [body["text"] for body in bodies(other_side)] == ["*A test from Skydeck to Chat*"] * 2


@ON_SANDBOX
def test_by_keyboard_only_a_rule_shows_what_belongs_to_its_event(
    tab: Page, deck: Deck, other_side: Receiver
) -> None:
    make_channel(tab, "Slack", "Keys", f"{other_side.url}/keys")
    tab.keyboard.press("g")
    tab.keyboard.press("n")
    expect(tab.get_by_role("heading", level=1, name="Alerts")).to_be_visible()
    tab.get_by_role("link", name="New rule").press("Enter")
    first = tab.get_by_role("radio", name="A run ends as…")
    expect(first).to_be_checked()
    expect(tab.get_by_role("group", name="Ends as")).to_be_visible()
    first.press("ArrowDown")
    expect(tab.get_by_label("How many in a row")).to_be_visible()
    expect(tab.get_by_role("group", name="Ends as")).to_be_hidden()
    tab.get_by_label("How many in a row").fill("0")
    tab.get_by_role("checkbox", name="Keys").press("Space")
    tab.get_by_role("button", name="Save the rule").press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("Between 1 and 100")
    expect(tab.get_by_role("checkbox", name="Keys")).to_be_checked()
    tab.get_by_label("How many in a row").fill("4")
    tab.get_by_label("How many in a row").press("Enter")
    expect(tab.locator(".rule-sentence")).to_contain_text("runs fail 4 times in a row")
    tab.get_by_role("switch").press("Enter")
    expect(tab.get_by_role("switch")).to_have_attribute("aria-checked", "false")


@ON_SANDBOX
def test_without_scripts_rules_are_made_switched_and_deleted(
    browser: Browser, deck: Deck, tab: Page, other_side: Receiver
) -> None:
    make_channel(tab, "Slack", "Plain", f"{other_side.url}/plain")
    with browser.new_context(base_url=deck.url, java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page)
        page.goto("/alerts/new/")
        page.get_by_role("radio", name="A run is stuck").check()
        page.get_by_role("checkbox", name="Plain").check()
        page.get_by_role("button", name="Save the rule").click()
        expect(page.get_by_role("heading", level=1, name="A run is stuck")).to_be_visible()
        page.get_by_role("switch").click()
        expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
        page.get_by_role("button", name="Delete the rule").click()
        expect(page.get_by_role("heading", level=1, name="Alerts")).to_be_visible()
        expect(page.get_by_role("link", name="A run is stuck", exact=True)).to_have_count(0)


@ON_SANDBOX
@pytest.mark.parametrize("width", [1440, 360])
def test_pages_of_alerts_are_accessible_and_fit_in_both_themes(
    tab: Page, deck: Deck, other_side: Receiver, width: int
) -> None:
    other_side.statuses = [500]
    make_channel(tab, "Webhook", f"Wide {width}", f"{other_side.url}/wide")
    tab.get_by_role("button", name="Send a test").click()
    tab.goto("/alerts/new/")
    tab.get_by_role("checkbox", name=f"Wide {width}").check()
    tab.get_by_role("button", name="Save the rule").click()
    [(rule, channel)] = deck.query(
        "SELECT max(r.id), max(c.id) FROM runs_rule AS r, dashboard_channel AS c"
    )
    [(sent,)] = deck.query("SELECT max(notification_id) FROM dashboard_notification")
    number = f"{sent[:8]}-{sent[8:12]}-{sent[12:16]}-{sent[16:20]}-{sent[20:]}"
    paths = (
        *("/alerts/", f"/alerts/{rule}/", f"/alerts/{rule}/edit/", "/alerts/new/?event=streak"),
        *("/alerts/channels/", f"/alerts/channels/{channel}/", "/alerts/channels/new/"),
        *("/alerts/sent/", "/alerts/sent/?state=failed", f"/alerts/sent/{number}/"),
    )
    assert on_pages(tab, paths, width) == {}
