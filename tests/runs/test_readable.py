"""Console logs and HARs are read as they are written, and told without their secrets."""

from __future__ import annotations

from typing import Any

import pytest

from runs.readable import console, har
from runs.readable.plain import LONGEST, MOST_ROWS, bare, told
from runs.readable.zipped import unpacked
from tests.hostile.logs import HAR_ZIP, WRITTEN, entry, written, zipped


def test_a_console_log_is_read_as_skyvern_writes_it() -> None:
    first, second, third, fourth = console.parse(WRITTEN).rows
    source = "https://shop.example/app.js?…:12"
    at = "2026-11-21T22:36:37.104500Z"
    assert first == console.Line(at, "log", "portal 4.12.0 ready", source)
    assert second.text == "Failed to load https://shop.example/me?… now"
    assert (second.level, second.source) == ("error", "")
    assert third == console.Line("", "log", "at f (https://shop.example/app.js?…)", "")
    assert (fourth.level, fourth.is_problem, fourth.is_warning) == ("warning", True, True)


def test_a_har_is_read_as_playwright_writes_it() -> None:
    (found,) = har.parse(written(entry("https://me:s3cret@shop.example/a;sid=s3cret/b?x#y"))).rows
    assert found == har.Entry(
        started="2026-11-23T19:30:07.881Z",
        method="GET",
        url="https://…@shop.example/a;…/b?…",
        status=200,
        type="text/html",
        bytes=5120,
        milliseconds=84.2,
        failed=False,
    )


@pytest.mark.parametrize(
    ("response", "outcome", "is_problem"),
    [
        ({"status": 302}, "302 Found", False),
        ({"status": 404}, "404 Not Found", True),
        ({"status": 599}, "599", True),
        ({"status": -1, "_failureText": "net::ERR_FAILED"}, "No answer", True),
        ({"status": 200, "_failureText": "net::ERR_ABORTED"}, "200 OK, broken off", True),
        ({}, "No answer", True),
    ],
)
def test_what_came_of_a_request_is_told_in_words(
    response: dict[str, Any], outcome: str, is_problem: bool
) -> None:
    (found,) = har.parse(written({"response": response})).rows
    assert (found.outcome, found.is_problem) == (outcome, is_problem)


def test_a_log_is_found_in_the_archive_that_skyvern_keeps_all_logs_of_a_task_in() -> None:
    both = zipped(log=WRITTEN, har=HAR_ZIP, zip=b"a trace")
    assert unpacked(both, ".log") == WRITTEN
    assert har.parse(unpacked(both, ".har")).rows == []
    assert unpacked(WRITTEN, ".log") == WRITTEN


def test_of_a_long_file_only_the_beginning_is_read() -> None:
    logged = console.parse(b"a\n" * (MOST_ROWS + 7))
    assert (len(logged.rows), logged.left_out) == (MOST_ROWS, 7)
    recorded = har.parse(written(*[{}] * (MOST_ROWS + 2), 5))
    assert (len(recorded.rows), recorded.left_out) == (MOST_ROWS, 3)
    (line,) = console.parse(b"x" * 2_000_000).rows
    assert len(line.text) == LONGEST


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b?token=s3cret", "https://a.example/b?…"),
        ("https://a.example/b#token=s3cret", "https://a.example/b?…"),
        ("https://a.example/b%3Ftoken%3Ds3cret", "https://a.example/b?…"),
        ("https://a.example/go/https%3a%2f%2fb%23s3cret", "https://a.example/go/https%3a%2f%2fb?…"),
        ("wss://me:s3cret@a.example/", "wss://…@a.example/"),
        ("https:\\\\me:s3cret@a.example/", "https:\\\\…@a.example/"),
        ("https://a.example/b;jsessionid=s3cret", "https://a.example/b;…"),
        (" DATA:text/html;base64,s3cret", "DATA:text/html,…"),
        ("data:,s3cret", "data:,…"),
        ("about:blank", "about:blank"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_carries_secrets(url: str, shown: str) -> None:
    assert bare(url) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET /callback?code=s3cret 500",
        "open 'https://a.example/?t=s3cret' and https://a.example/?u=s3cret.",
        "https://a.example/?a=(x)&token=s3cret",
        '{"next":"https://a.example/?t=s3cret"}',
        "see #access_token=s3cret",
        "data:text/plain,s3cret",
        "see https://me:s3cret@a.example/",
    ],
)
def test_the_words_of_a_log_lose_what_its_addresses_carry(text: str) -> None:
    assert "s3cret" not in told(text)
    assert "…" in told(text)


def test_words_without_an_address_stay_as_they_are() -> None:
    said = "Why? Because: a;b #1 (50% of 3/4) = <b>'x'</b> me@a.example"
    assert told(said) == said
