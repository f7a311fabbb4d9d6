"""Whatever a reason is, its shape is short and soon found; and what else is read from it."""

# ruff: noqa: RUF001  # quotes of all kinds

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runs import reasons


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("code block failed. failure reason: Failed. Reason: ValueError: no", "ValueError: no"),
        ("terminate block terminated. Reason: stop: stock is empty", "Stop: stock is empty"),
        ("Setup workflow failed. failure reason: no credential", "No credential"),
        (
            "Max retries (3) exceeded. Possible failure reasons: x",
            "Max retries (3) exceeded. Possible failure reasons: x",
        ),
        (
            "code block failed. failure reason: TimeoutError: Page.click: Timeout 2000ms exceeded."
            '\nCall log:\n  - waiting for locator("#missing")\n\nFinal URL: http://a.example/',
            "TimeoutError: Page.click: Timeout 2000ms exceeded.",
        ),
        ("Browser has been closed\nBrowser logs:\n\n<launching>", "Browser has been closed"),
        ("HTTP 500: failure reason: x", "HTTP 500: failure reason: x"),
        ("a block failed. failure reason: ", "A block failed. failure reason:"),
        ("  spaces ", "Spaces"),
        ("", ""),
    ],
)
def test_a_sentence_has_no_layers(reason: str, sentence: str) -> None:
    assert reasons.sentence(reason) == sentence


@pytest.mark.parametrize(
    ("reason", "block"),
    [
        ("http_request block failed. failure reason: HTTP 500", "http_request"),
        ("terminate block terminated. Reason: sold out", "terminate"),
        ("for_loop block failed. failure reason: code block failed. failure reason: x", "for_loop"),
        ("Setup workflow failed. failure reason: x", ""),
        ("The code block failed", ""),
        ("", ""),
    ],
)
def test_the_outermost_layer_names_the_block(reason: str, block: str) -> None:
    assert reasons.block(reason) == block


PIECES = [
    *("HTTP ", "status code ", "error: ", "net::ERR_A", "KeyError: ", "message ", "url ", "id: "),
    *(
        "'",
        '"',
        "“",
        "”",
        "‘",
        "’",
        "「",
        "」と",
        "{",
        ":",
        ",",
        "<",
        ">",
        "/",
        "\\",
        "@",
        "#",
        "€",
    ),
    *(
        " ",
        "-",
        ".",
        "_",
        "*",
        "\n",
        "1",
        "404",
        "2026",
        "-10-14",
        "10:15",
        "a",
        "wr_",
        "Oct ",
        "é",
        "注",
    ),
    *("https://a.example", "reason: ", "<value>", "\nCall log", "\ud800", "İ", "٣", "\u2028"),
]


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@example("İ" * 400)
@example("HTTP 404" * 50)
@example("net::ERR_A1" + "2026" * 9)
def test_a_shape_is_short_and_on_one_line_and_has_no_numbers(reason: str) -> None:
    shape = reasons.shape(reason)
    assert len(shape) <= reasons.LONGEST
    assert " ".join(shape.split()) == shape.strip()
    assert re.search(r"\d{4}", shape) is None
    assert reasons.shape(reason) == shape
    assert len(reasons.block(reason)) <= 41
    assert len(reasons.sentence(reason)) <= len(reason) + 2


LENGTH, SECONDS = 20_000, 0.25
EVIL = [
    *("a", "1", "a-", "a1_", "1.", "1 ", "1m", "f0f0f0f0-", "***", "a***", "注", "é"),
    *("'", "'a ", "a'", '"', "“", "„", "「", "‘a’", '"“«`', '{"a":', '"error":"', "message '"),
    *("<", "<a ", "</a", "/", "/a ", "\\\\", "C:\\a ", "a.pdf ", "a (1)", "a (1)."),
    *("@", "a@", "a.a@a.", "http://", "://", "www.a'a", "a.com/", "1.1.1.1", "::1"),
    *("HTTP ", "HTTP_status_", "net::err_a1", "url /a ", "id: a", "error: 4", "KeyError: '"),
    *("Oct ", "1 Oct ", "2026-10-", "11:11:11", "+1 (2", "€ ", "mon, 1", "two-", "files ["),
    *("\n", "\n ", "\n at", "\t", "===", "reason:  ", "a reason: ", "<number> aaa s"),
]


@pytest.mark.parametrize("piece", EVIL, ids=repr)
@pytest.mark.parametrize(("start", "end"), [("", "!"), ("x '", '"'), ('error "', "\0")])
def test_no_reason_takes_long(piece: str, start: str, end: str) -> None:
    """Also where the end is within what is read of a reason."""
    for length in (LENGTH, reasons.LONGEST_READ):
        reason = (start + piece * length)[: length - len(end)] + end
        assert min(_seconds(reason) for _ in range(2)) < SECONDS


def _seconds(reason: str) -> float:
    reasons._shape.cache_clear()
    start = time.thread_time()  # not what others take meanwhile
    reasons.shape(reason)
    reasons.sentence(reason)
    reasons.block(reason)
    return time.thread_time() - start
