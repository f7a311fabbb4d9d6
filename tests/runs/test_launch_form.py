"""The options of a launch: validated before anything is sent, sent as Skyvern takes them."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from dashboard.skyvern.schema import RunRequest
from runs.forms import LaunchForm, Offers
from runs.forms.kept import OPTIONS
from runs.models import Workflow


def form_with(**typed: str) -> LaunchForm:
    workflow = Workflow(wpid="wpid_1", title="Agent")
    return LaunchForm(workflow, {"nonce": str(uuid4()), "webhook_url": "", **typed})


def sent(**typed: str) -> dict[str, Any]:
    form = form_with(**typed)
    assert form.is_valid(), form.errors
    return form.request().body()


def wrong(**typed: str) -> set[str]:
    return set(form_with(**typed).errors)


def test_an_untouched_form_sends_the_parameters_and_asks_for_the_agents_own_proxy() -> None:
    assert sent() == {"workflow_id": "wpid_1", "parameters": {}, "proxy_location": None}


def test_every_option_reaches_the_request() -> None:
    body = sent(
        proxy_location="RESIDENTIAL_DE",
        webhook_url="https://hooks.example/x",
        browser_profile_id="bp_1",
        browser_session_id="pbs_1",
        reuse_browser_session="false",
        browser_address="wss://browser.example/devtools",
        cdp_connect_headers="x-api-key: s3cret",
        extra_http_headers="Accept-Language: de\r\n\r\nX-Team:  ops ",
        max_elapsed_time_minutes="480",
        max_screenshot_scrolls="0",
        run_with="code",
        ai_fallback="true",
        totp_identifier="ops@example.com",
        totp_url="https://codes.example/",
        run_metadata="customer: acme\nnote: a: b",
    )
    assert body == {
        "workflow_id": "wpid_1",
        "parameters": {},
        "proxy_location": "RESIDENTIAL_DE",
        "webhook_url": "https://hooks.example/x",
        "browser_profile_id": "bp_1",
        "browser_session_id": "pbs_1",
        "reuse_browser_session": False,
        "browser_address": "wss://browser.example/devtools",
        "cdp_connect_headers": {"x-api-key": "s3cret"},
        "extra_http_headers": {"Accept-Language": "de", "X-Team": "ops"},
        "max_elapsed_time_minutes": 480,
        "max_screenshot_scrolls": 0,
        "run_with": "code",
        "ai_fallback": True,
        "totp_identifier": "ops@example.com",
        "totp_url": "https://codes.example/",
        "run_metadata": {"customer": "acme", "note": "a: b"},
    }
    assert sent(start_fresh_browser="on")["start_fresh_browser"] is True


def test_a_place_is_sent_as_an_object() -> None:
    place = {"country": "US", "subdivision": "NY", "city": "New York"}
    assert sent(proxy_location="place", **place)["proxy_location"] == place
    assert sent(proxy_location="place", country="DE")["proxy_location"] == {"country": "DE"}


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"proxy_location": "MOON"}, "proxy_location"),
        ({"proxy_location": "place"}, "country"),
        ({"proxy_location": "place", "city": "Berlin"}, "country"),
        ({"proxy_location": "NONE", "country": "DE"}, "proxy_location"),
        ({"country": "ZZ"}, "country"),
        ({"webhook_url": "not a url"}, "webhook_url"),
        ({"webhook_url": "ftp://x/y"}, "webhook_url"),
        ({"totp_url": "https://x/" + "y" * 2083}, "totp_url"),
        ({"browser_profile_id": "pbs_1"}, "browser_profile_id"),
        ({"browser_session_id": "pbs_1/../x"}, "browser_session_id"),
        ({"browser_address": "gopher://x"}, "browser_address"),
        ({"start_fresh_browser": "on", "browser_profile_id": "bp_1"}, "browser_profile_id"),
        ({"start_fresh_browser": "on", "browser_session_id": "pbs_1"}, "browser_session_id"),
        ({"start_fresh_browser": "on", "browser_address": "ws://h:1/"}, "browser_address"),
        ({"cdp_connect_headers": "a: b"}, "browser_address"),
        ({"extra_http_headers": "no colon"}, "extra_http_headers"),
        ({"extra_http_headers": "na me: x"}, "extra_http_headers"),
        ({"extra_http_headers": "a:"}, "extra_http_headers"),
        ({"extra_http_headers": "a: 1\nA: 2"}, "extra_http_headers"),
        ({"extra_http_headers": "a: ✓"}, "extra_http_headers"),
        *[
            ({"max_elapsed_time_minutes": n}, "max_elapsed_time_minutes")
            for n in ("0", "481", "1.5")
        ],
        *[({"max_screenshot_scrolls": n}, "max_screenshot_scrolls") for n in ("-1", "1e3", "x")],
        ({"run_with": "hope"}, "run_with"),
        ({"ai_fallback": "maybe"}, "ai_fallback"),
        ({"run_metadata": "\n".join(f"k{n}: v" for n in range(21))}, "run_metadata"),
        ({"run_metadata": "k" * 65 + ": v"}, "run_metadata"),
        ({"run_metadata": "k: " + "v" * 257}, "run_metadata"),
        ({"run_metadata": "skyvern.x: v"}, "run_metadata"),
    ],
)
def test_a_wrong_option_is_refused_at_its_field(typed: dict[str, str], at: str) -> None:
    form = form_with(**typed)
    assert set(form.errors) == {at}
    assert any(topic["wrong"] for topic in form.topics)


def test_our_webhook_is_sent_unless_another_is_given_or_the_agent_has_its_own(
    settings: Settings,
) -> None:
    settings.PUBLIC_URL = "https://deck.example"
    ours = "https://deck.example/webhooks/skyvern/"
    plain = Workflow(wpid="wpid_1")
    assert LaunchForm(plain)["webhook_url"].value() == ours
    without = LaunchForm(plain, {"nonce": str(uuid4())})
    assert without.is_valid()
    assert without.request().webhook_url == ours
    assert "webhook_url" not in sent(webhook_url="")
    theirs = Workflow(wpid="wpid_1", raw={"webhook_callback_url": "https://theirs.example/"})
    assert LaunchForm(theirs)["webhook_url"].value() == ""
    assert "webhook_url" not in form_with_body(LaunchForm(theirs, {"nonce": str(uuid4())}))


def form_with_body(form: LaunchForm) -> dict[str, Any]:
    assert form.is_valid()
    return form.request().body()


def test_the_summaries_tell_what_differs_from_the_default() -> None:
    form = form_with(proxy_location="RESIDENTIAL_GB", extra_http_headers="a: 1\nb: 2")
    said = {topic["title"]: topic["summary"] for topic in form.topics}
    assert said["Proxy"].startswith("Proxy location: Britain")
    assert said["Browser"] == "Extra HTTP headers: 2"
    assert said["Limits"] == ""


def test_an_earlier_launch_fills_in_the_form_but_header_values_are_asked_for_again() -> None:
    body = sent(
        proxy_location="place",
        country="DE",
        ai_fallback="false",
        start_fresh_browser="on",
        run_metadata="a: b",
        max_elapsed_time_minutes="5",
    )
    body["extra_http_headers"] = {"X-Key": ""}
    form = LaunchForm(Workflow(wpid="wpid_1"), initial=body)
    typed = {name: form[name].value() for name in form.fields}
    assert typed["country"] == "DE"
    assert typed["ai_fallback"] == "false"
    assert typed["extra_http_headers"] == "X-Key: "
    again = form_with(**{name: str(value) for name, value in typed.items() if value})
    assert set(again.errors) == {"extra_http_headers"}


EVERY_OPTION: dict[str, Any] = {
    "proxy_location": {"country": "US", "subdivision": "NY", "city": "New York"},
    "webhook_url": "https://hooks.example/x",
    "totp_url": "https://codes.example/",
    "totp_identifier": "ops@example.com",
    "browser_session_id": "pbs_1",
    "reuse_browser_session": False,
    "browser_profile_id": "bp_1",
    "max_screenshot_scrolls": 0,
    "max_elapsed_time_minutes": 480,
    "extra_http_headers": {"Accept-Language": "de"},
    "cdp_connect_headers": {"x-api-key": "s3cret"},
    "browser_address": "wss://browser.example/devtools",
    "ai_fallback": False,
    "run_with": "code",
    "run_metadata": {"customer": "acme", "note": "a: b"},
}
NOT_ON_THE_FORM = {"title", "file_ids", "browser_type", "start_fresh_browser"}


def rerun(body: dict[str, Any]) -> dict[str, Any]:
    """What is sent when a launch is opened in the form again, untouched but for header values."""
    form = LaunchForm(Workflow(wpid="wpid_1", parameters=ANY_KEYS), initial=body)
    data = {name: form[name].value() for name in form.fields}
    given = {name: value for name, value in data.items() if value is not False}
    typed = {name: str(value) for name, value in given.items() if value is not None}
    for name in RunRequest.SECRET_FIELDS:
        typed[name] = "\n".join(f"{key}: {value}" for key, value in body.get(name, {}).items())
    again = LaunchForm(Workflow(wpid="wpid_1", parameters=ANY_KEYS), typed)
    assert again.is_valid(), again.errors
    return again.request().body()


ANY_KEYS = [
    {"key": kind, "type": kind, "description": "", "default_value": default}
    for kind, default in [
        ("string", None),
        ("integer", 3),
        ("float", 1.5),
        ("boolean", True),
        ("json", None),
        ("file_url", None),
        ("credential_id", None),
    ]
]
VALUES: dict[str, Any] = {
    "string": " kept\nas it is ",
    "integer": -7,
    "float": 1e22,
    "boolean": False,
    "json": [{"a": [None, "ü"]}],
    "file_url": "s3://bucket/o_1/our prices.csv",
    "credential_id": "cred_1",
}


def test_a_rerun_with_edits_keeps_every_option_that_was_sent(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://deck.example"
    assert set(EVERY_OPTION) | NOT_ON_THE_FORM == OPTIONS
    body = {"workflow_id": "wpid_1", "parameters": VALUES, **EVERY_OPTION}
    assert rerun(body) == body


@pytest.mark.parametrize(
    "options",
    [
        {"proxy_location": None},
        {"proxy_location": None, "start_fresh_browser": True},
        {"proxy_location": "RESIDENTIAL_DE", "ai_fallback": True, "reuse_browser_session": True},
    ],
)
def test_a_rerun_keeps_what_was_left_out_left_out(
    settings: Settings, options: dict[str, Any]
) -> None:
    settings.PUBLIC_URL = "https://deck.example"
    body = {"workflow_id": "wpid_1", "parameters": VALUES | {"string": "", "json": "5"}, **options}
    assert rerun(body) == body


def test_no_scrolls_are_told_in_the_summary() -> None:
    form = LaunchForm(Workflow(wpid="wpid_1"), initial={"max_screenshot_scrolls": 0})
    assert {topic["title"]: topic["summary"] for topic in form.topics}["Limits"].endswith(": 0")


def test_sessions_and_profiles_are_offered_by_name_and_a_failing_list_leaves_a_plain_field() -> (
    None
):
    offers = Offers(profiles=[("bp_1", "Signed in")], sessions=None)
    form = LaunchForm(Workflow(wpid="wpid_1"), offers=offers)
    assert '<option value="bp_1" label="Signed in">' in str(form["browser_profile_id"])
    assert "datalist" not in str(form["browser_session_id"])
    assert "does not list them" in str(form.fields["browser_session_id"].help_text)
    typed = {"nonce": str(uuid4()), "webhook_url": "", "browser_profile_id": "Signed in"}
    named = LaunchForm(Workflow(wpid="wpid_1"), typed, offers=offers)
    assert named.is_valid()
    assert named.request().browser_profile_id == "bp_1"


@pytest.mark.parametrize("proxy", [5, ["x"], {"country": None, "city": ["x"]}, "MARS"])
def test_an_odd_earlier_request_still_opens_the_form(proxy: object) -> None:
    initial = {"proxy_location": proxy, "run_metadata": "x", "nonce": "n", "unknown": 1}
    assert LaunchForm(Workflow(wpid="wpid_1"), initial=initial).as_div()
