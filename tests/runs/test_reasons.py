"""Reasons of one failure have one shape, those of two failures have two: measured, and why."""

# ruff: noqa: RUF001  # quotes of all kinds

from collections import Counter
from collections.abc import Iterable
from math import comb

import pytest

from dashboard.sandbox.plays import MISHAPS, PLAYS, SETUP_FAILURES
from runs import reasons
from tests.runs.labelled_reasons import LABELLED


def test_the_labelled_reasons_are_many_and_all_different() -> None:
    every = [reason for told in LABELLED.values() for reason in told]
    assert len(LABELLED) >= 60
    assert len(every) >= 330
    assert len(set(every)) == len(every)
    assert min(len(told) for told in LABELLED.values()) >= 3


def test_pairs_of_reasons_are_rightly_together_and_rightly_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As if all were of one agent: reasons of several are never in one group."""
    told = [(label, reasons.shape(reason)) for label, some in LABELLED.items() for reason in some]
    right = _pairs(told)
    precision = right / _pairs(said for _, said in told)
    recall = right / _pairs(label for label, _ in told)
    with capsys.disabled():
        print(  # noqa: T201  # the measure is asked for
            f"\nGrouping of failure reasons: precision {precision:.4f}, recall {recall:.4f} "
            f"over {len(told)} reasons of {len(LABELLED)} failures"
        )
    assert precision >= 0.95
    assert recall >= 0.95


def _pairs(groups: Iterable[object]) -> int:
    return sum(comb(size, 2) for size in Counter(groups).values())


SHAPES = [
    ("User 'NW-1' was not found after 12 s.", "user <value> was not found after <number>"),
    ("Order #4711 of jane.doe@example.com", "order <number> of <mail>"),
    ("Run wr_480000000000000123 is gone", "run <id> is gone"),
    ("Run 8b1a9953-c461-4f6e-9b2e-0f2f5d0c7e11 is gone", "run <id> is gone"),
    ("See https://example.com/a?b=1 (now)", "see <address> (now)"),
    (
        "Host db.example.com:5432 and 10.4.0.12 and localhost:80",
        "host <address> and <address> and <address>",
    ),
    ("Sent at 2026-10-14T08:00:12.5Z", "sent at <time>"),
    ("File /app/in/a b.csv or C:\\Temp\\My Files\\c.pdf", "file <path> or <path>"),
    (
        "Failed to navigate to url https://example.com/. Error message: no",
        "failed to navigate to url. error message: no",
    ),
    ("No\n  more\t lines", "no more lines"),
    ("", ""),
    (" . ", ""),
]


@pytest.mark.parametrize(("reason", "shape"), SHAPES)
def test_a_shape_tells_what_was_left_out(reason: str, shape: str) -> None:
    assert reasons.shape(reason) == shape


SAME = {
    "ids": ("pbs_1 is busy", "pbs_480000000000000055 is busy", "wr_sched_5f1c0e7ab2d944 is busy"),
    "element ids": ("No frame. element_id=AABC", "No frame. element_id=AB7z"),
    "masked": ("Key sk-proj-*****AbCd is wrong", "Key sk-12********9f is wrong"),
    "business numbers": ("Order 4711 is open", "Order INV-2024-0042 is open", "Order #7 is open"),
    "units": (
        "Waited 1 minute",
        "Waited 90 minutes",
        "Waited 2 hours",
        "Waited 1m26.4s",
        "Waited 300ms",
    ),
    "plural": ("Found 1 invoice", "Found 1,204 invoices"),
    "money": ("Due: €1,249.00", "Due: 1.249,00 €", "Due: $99", "Due: 1 249,00 €", "Due: 12,300円"),
    "counts in words": ("Failed three times", "Failed 12 times"),
    "dates": (
        "Paid on 2026-10-14",
        "Paid on 14.10.2026",
        "Paid on 10/14/26",
        "Paid on October 14, 2026",
        "Paid on 14 Oct 2026 at 4:05 pm",
        "Paid on 2. November 2026",
        "Paid on 2 octobre 2026",
        "Paid on Wed, 14 Oct 2026 08:00:12 GMT",
        "Paid on 2026-10-14 08:00 +02:00",
    ),
    "months": ("Nothing in October", "Nothing in Dezember 2026", "Nothing in 2026-08"),
    "quotes": tuple(
        f"Customer {one} is unknown"
        for one in (
            "'O'Neil & Sons'",
            '"A"',
            "“B C”",
            "„D“",
            "«E»",
            "»F«",
            "`g`",
            "‘Jane's’",
            "「H」",
        )
    ),
    "quotes of a sentence": (
        'It said "User name is wrong now."',
        "It said: “User name is wrong now”",
        "It said 'User name is wrong now.'",
    ),
    "addresses": (
        "Get https://a.example/x",
        "Get www.a.example",
        "Get a.example:80/x?y=1",
        "Get 10.0.0.1",
    ),
    "phones": ("Sent to +49 30 901820", "Sent to +1 (555) 010-4477"),
    "mails": ("Code for j***@example.com", "Code for o'neil+x@mail.example.co.uk"),
    "what a call logged": (
        'Page.goto: Timeout 1ms exceeded.\nCall log:\n  - navigating to "https://a.example"',
        "Page.goto: Timeout 60000ms exceeded.\n===== logs =====\nnavigating",
        "Page.goto: Timeout 5ms exceeded.\n    at Frame.goto (a.js:1:2)",
    ),
    "layers": (
        "ValueError: no",
        "code block failed. failure reason: Failed to execute code block. Reason: ValueError: no",
        "Block wrb_480000000000000321 cannot be executed and workflow run wr_480000000000000123 "
        "is failed. Reason: ValueError: no",
    ),
    "markup": ("HTTP 502: <h1>Bad Gateway</h1>", "HTTP 502: <html><b>Bad Gateway</b></html>"),
    "spaces of JSON": (
        '{"error":"no","at":"1"}',
        '{"error": "no", "at": "2"}',
        "{'error': 'no', 'at': None}",
    ),
}


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_what_differs_from_run_to_run_goes(same: tuple[str, ...]) -> None:
    assert len({reasons.shape(reason) for reason in same}) == 1


DIFFERENT = {
    "HTTP": (
        "HTTP 404: no",
        "HTTP 500: no",
        "HTTP 429: no",
        "HTTP/1.1 404 no",
        "HTTP status 404: no",
    ),
    "status code": ("status_code=404, url=/a", "status_code=403, url=/a"),
    "status of a page": ("It shows a 404 error", "It shows a 500 error"),
    "error code": ("Error code: 401 - {}", "Error code: 429 - {}"),
    "exceptions": ("ValueError: no answer", "TimeoutError: no answer", "RuntimeError: no answer"),
    "net errors": (
        "net::ERR_HTTP2_PING_FAILED at https://a.example",
        "net::ERR_HTTP2_PROTOCOL_ERROR at https://a.example",
        "net::ERR_CERT_DATE_INVALID at https://a.example",
    ),
    "calls": ("Page.goto: Timeout 1ms exceeded.", "Locator.click: Timeout 1ms exceeded."),
    "events": ('waiting for event "download"', 'waiting for event "popup"'),
    "keys": ("KeyError: 'total'", "KeyError: 'currency'", "KeyError: 'R-2026-1'"),
    "names": ("NameError: name 'ValueError' is not defined", "NameError: name 'x' is not defined"),
    "attributes": ("'A' object has no attribute 'b'", "'A' object has no attribute 'c'"),
    "modules": ("No module named 'pandas'", "No module named 'openpyxl'"),
    "what a server said": ("{'error': 'unknown currency'}", "{'error': 'amount is 0'}"),
    "which field": ("{'sku': ['x']}", "{'price': ['x']}"),
    "what a site said": (
        "The page shows 'Access denied'",
        "The page shows 'Licence expired'",
        "It answered “The password is wrong now”",
        "It answered “The account is locked now”",
        "「ログイン失敗」と表示",
        "「ロック」と表示",
    ),
    "elements": ("Element AABC was not found", "Element AABC is not visible"),
}


@pytest.mark.parametrize("different", DIFFERENT.values(), ids=DIFFERENT)
def test_what_makes_another_failure_is_kept(different: tuple[str, ...]) -> None:
    assert len({reasons.shape(reason) for reason in different}) == len(different)


def test_each_failure_of_the_sandbox_has_a_shape_of_its_own() -> None:
    played = [play.failure for plays in PLAYS.values() for play in plays.values()]
    happened = [failure for mishaps in MISHAPS.values() for _, failure in mishaps.values()]
    told = {failure.reason for failure in (*played, *happened) if failure is not None}
    told |= set(SETUP_FAILURES.values())
    assert len({reasons.shape(reason) for reason in told} - {""}) == len(told) > 5


def test_a_shape_is_stable() -> None:
    for reason in (reason for told in LABELLED.values() for reason in told):
        shape = reasons.shape(reason)
        assert len(reasons.shape(shape)) <= len(shape)
        reasons._shape.cache_clear()
        assert reasons.shape(reason) == shape
