"""Console logs and HARs as tables: whatever is in them is shown as text, or refused in words."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.models import Artifact, Run
from runs.readable import console, har
from runs.readable.plain import LONGEST, MOST_BYTES, MOST_ROWS, UnreadableError, bare, told
from runs.readable.zipped import unpacked
from runs.views import readable
from tests.conftest import Browse
from tests.runs.conftest import Play

HAR_ZIP = (Path(__file__).parent / "recorded" / "har.zip").read_bytes()
"""What Skyvern 1.0.56 sends for a HAR when the browser was closed late."""
WRITTEN = (
    b"2026-11-21T22:36:37.104500Z[log]portal 4.12.0 ready url=https://shop.example/app.js?v=s3cret "
    b"line=12 column=7 lineNumber=12 columnNumber=7\n"
    b"2026-11-21T22:36:38.000001Z[error]Failed to load https://shop.example/me?token=s3cret now "
    b"url= lineNumber=0 columnNumber=0\n"
    b"    at f (https://shop.example/app.js?v=s3cret:3:9)\n"
    b"2026-11-21T22:36:39.000001Z[warning]cookie blocked url=https://shop.example/ lineNumber=3\n"
)
"""As webeye/browser_factory.py of Skyvern 1.0.56 puts it, with the place that Playwright names."""

Sends = Callable[[bytes], None]


@pytest.fixture
def run(play: Play) -> Run:
    return play("Invoice download")


@pytest.fixture
def sends(sandbox: Sandbox, settings: Settings) -> Sends:
    """From now on that is the content of every file."""

    def serve(content: bytes) -> None:
        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response("200 OK", [("content-type", "text/html")])
            return [content[:3], content[3:]]

        settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)

    return serve


def table(run: Run, kind: str) -> str:
    return f"{run.artifacts.filter(type=kind)[0].get_absolute_url()}table/"


def entry(url: Any = "https://shop.example/", status: Any = 200, **more: Any) -> dict[str, Any]:
    """One of a HAR as Playwright writes it."""
    secret = [{"name": "Authorization", "value": "Bearer s3cret"}]
    return {
        "startedDateTime": "2026-11-23T19:30:07.881Z",
        "time": 84.2,
        "request": {
            "method": "GET",
            "url": url,
            "headers": secret,
            "cookies": [{"name": "session", "value": "s3cret"}],
            "queryString": [{"name": "token", "value": "s3cret"}],
            "postData": {"mimeType": "text/plain", "text": "password=s3cret"},
        },
        "response": {
            "status": status,
            "statusText": "s3cret",
            "headers": [{"name": "set-cookie", "value": "session=s3cret"}],
            "redirectURL": "https://shop.example/?token=s3cret",
            "content": {"size": 5120, "mimeType": "text/html; charset=utf-8", "text": "s3cret"},
        },
        **more,
    }


def written(*entries: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def zipped(**files: bytes) -> bytes:
    """`zipped(har=…)`: an archive with the file "x.har"."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending, content in files.items():
            archive.writestr(f"x.{ending}", content)
    return target.getvalue()


# What the readers make of it


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


# Whatever comes

KEYS = st.sampled_from(sorted(har.KEPT))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | KEYS, inner),
    max_leaves=12,
)
ENTRIES = st.lists(st.dictionaries(KEYS, JSON, max_size=4), max_size=4)


def drawn(found: Any) -> None:
    """What a page asks of each row; and all of it can be encoded."""
    for row in found.rows:
        said = [row.sought, str(row.moment), str(row.is_problem)]
        said += [row.outcome, str(row.took)] if isinstance(row, har.Entry) else []
        assert "".join(said).encode()


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Nothing may go wrong, or it is a sentence for people."""
    try:
        yield
    except UnreadableError as error:
        if not str(error).endswith("."):
            raise


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_the_readers_raise_nothing_but_their_own_error(content: bytes) -> None:
    drawn(console.parse(content))
    with refused_in_words():
        drawn(har.parse(content))


@given(ENTRIES)
def test_entries_of_any_shape_make_rows(entries: list[Any]) -> None:
    found = har.parse(written(*entries))
    assert len(found.rows) == len(entries)
    drawn(found)


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=6))
def test_an_archive_with_wrong_bytes_is_read_or_refused(place: int, wrong: bytes) -> None:
    whole = bytearray(zipped(log=WRITTEN, har=written(entry())))
    start = 4 + place % len(whole)
    whole[start : start + len(wrong)] = wrong
    for content in (bytes(whole), bytes(whole[:start])):
        with refused_in_words():
            drawn(console.parse(unpacked(content, ".log")))
        with refused_in_words():
            drawn(har.parse(unpacked(content, ".har")))


HARS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n ",
    "garbage": bytes(range(256)) * 50,
    "gzip": b"\x1f\x8b\x08\x00" * 20,
    "not JSON": b"<html><script>alert(1)</script>",
    "cut short": written(entry())[:-40],
    "UTF-16": written(entry()).decode().encode("utf-16"),
    "with a mark of its encoding": b"\xef\xbb\xbf" + written(entry()),
    "NaN": b"NaN",
    "null": b"null",
    "a number": b"1e400",
    "5000 digits": b"9" * 5_000,
    "a list": b"[]",
    "deep lists": b"[" * 100_000,
    "deep entries": b'{"log":{"entries":[' + b'{"request":' * 5_000 + b"1" + b"}" * 5_000 + b"]}}",
    "no log": b"{}",
    "log is a list": b'{"log":[]}',
    "no entries": b'{"log":{}}',
    "entries is an object": b'{"log":{"entries":{"length":3}}}',
    "entries of all types": b'{"log":{"entries":[null,1,"x",[],true,{}]}}',
    "wrong types": written(dict.fromkeys(har.KEPT, 5), {name: [{}] for name in har.KEPT}),
    "wrong types within": written(
        {"request": {"url": {"a": 1}, "method": ["GET"]}, "response": {"status": "200"}},
        {"request": {"url": None}, "response": {"status": True, "content": {"size": False}}},
        entry(status={"a": []}, startedDateTime=7, time="9"),
    ),
    "endless status": written(entry()).replace(b'"status": 200', b'"status": 1e400'),
    "NaN everywhere": written(entry(status=float("nan"), time=float("nan"))),
    "huge numbers": written(entry(status=10**300, time=10**300)).replace(b"5120", b"9" * 400),
    "negative": written(entry(status=-5, time=-1)).replace(b"5120", b"-5120"),
    "markup": written(entry('https://x/"><script>alert(1)</script>', request_=1)),
    "script address": written(entry("javascript:alert(document.domain)")),
    "RTL": written(entry("https://x/\u202egnp.exe\u2066\u200f", startedDateTime="\u202e")),
    "NUL": written(entry("https://x/\x00\x07\x1b[31m")),
    "half characters": written(entry("https://x/\ud800", startedDateTime="\udfff")),
    "years": written(*(entry(startedDateTime=at) for at in ("0001-01-01T00:00Z", "9999-12-31"))),
    "a long address": written(entry("https://x/" + "a" * 2_000_000)),
    "a long type": written(entry(response={"content": {"mimeType": "漢" * 10_000}})),
    "template": written(entry("https://x/{{ settings.SECRET_KEY }}{% debug %}")),
    "an archive": HAR_ZIP,
    "an archive of nothing": zipped(),
    "an archive of others": zipped(exe=b"MZ"),
    "a broken archive": HAR_ZIP[:-30],
    "an archive in an archive in an archive": zipped(har=zipped(har=zipped(har=b"{}"))),
}  # fmt: skip
ERROR = b"[2026-11-21T22:36:37Z] [error] "
LOGS: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\r\n \n",
    "garbage": bytes(range(256)) * 50,
    "NULs": b"\x00" * 5_000,
    "half characters": ERROR + b"\xed\xa0\x80 url=\xed\xbf\xbf lineNumber=1",
    "a megabyte line": ERROR + b"" + b"x" * 2**20 + b" url=y lineNumber=3",
    "a megabyte of spaces": b"[" + b" " * 2**20 + b"]",
    "a megabyte of addresses": b"https://" * 2**17,
    "a megabyte of quotes": b"https://a?" + b"')" * 2**19,
    "a megabyte of places": b" url=" + b" line=1" * 2**17 + b"!",
    "markup": ERROR + b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "RTL": "2026-11-21T22:36:37Z[log]\u202eevil url=javascript:alert(1) lineNumber=1".encode(),
    "no time": b"9999-99-99T99:99:99Z[error]x\n0001-01-01T00:00:00+23:59[error]y",
    "JSON": b'{"level":"error","text":"x"}',
    "an archive of nothing": zipped(),
}  # fmt: skip
LARGE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: b'{"log":' * 100_000 + b"1" + b"}" * 100_000,
    "too many parts": lambda: b'{"log":{"entries":[' + b"[]," * 1_100_000 + b"1]}}",
    "bomb": lambda: zipped(har=b"[" * (MOST_BYTES + 1), log=b"\n" * (MOST_BYTES + 1)),
    "only line ends": lambda: b"\n" * MOST_BYTES,
    "only short lines": lambda: b"a\n" * (MOST_BYTES // 2),
    "too large": lambda: b" " * (MOST_BYTES + 1),
}
"""Made when they are asked for, not to be held as long as all tests last."""
KINDS = ("har", "browser_console_log")
HOSTILE = [
    *(pytest.param("har", lambda c=content: c, id=f"HAR, {n}") for n, content in HARS.items()),
    *(pytest.param(KINDS[1], lambda c=content: c, id=f"log, {n}") for n, content in LOGS.items()),
    *(pytest.param(kind, make, id=f"{kind}, {n}") for kind in KINDS for n, make in LARGE.items()),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "make"), HOSTILE)
def test_any_file_is_a_table_or_a_sentence(
    browse: Browse, run: Run, sends: Sends, kind: str, make: Callable[[], bytes]
) -> None:
    sends(make())
    begun = time.monotonic()
    answer = browse("support").get(table(run, kind))
    assert time.monotonic() - begun < 15
    assert answer.status_code == 200
    shown = answer.text.partition('<main class="main"')[2]
    assert any(words in shown for words in ("<tbody>", "in this file</h2>", "No table can be made"))
    assert "<script" not in shown.replace("<script src=", "")
    assert "<img" not in shown
    assert 'href="javascript:' not in shown
    assert not set(shown) & set("\x00\x07\x1b\u202e\u2066\u200f")
    assert "s3cret" not in shown
    assert len(shown) < 2_000_000


# The page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "content"),
    [("har", written(entry("https://a.example/b?t=s3cret"))), ("browser_console_log", WRITTEN)],
)
def test_no_secret_is_on_the_page_nor_can_be_guessed_by_searching(
    browse: Browse, run: Run, sends: Sends, kind: str, content: bytes
) -> None:
    sends(content)
    client, url = browse("support"), table(run, kind)
    shown = client.get(url)
    assert shown.context["rows"]
    for secret in ("s3cret", "Bearer", "Authorization", "session"):
        assert secret not in shown.text
    assert not client.get(url, {"q": "s3cret"}).context["rows"]


@pytest.mark.django_db
def test_the_logs_of_a_run_are_reached_from_its_files_and_lead_back(
    browse: Browse, run: Run
) -> None:
    client, home = browse("support"), run.get_absolute_url()
    files = client.get(home, {"tab": "files"})
    for kind in ("har", "browser_console_log"):
        assert f'href="{table(run, kind)}"' in files.text
        answer = client.get(table(run, kind))
        assert answer.context["rows"]
        assert f'href="{home}?tab=files#file-' in answer.text
    assert files.text.count("Read as a table") == 2


@pytest.mark.django_db
def test_requests_are_counted_searched_and_filtered(browse: Browse, run: Run, sends: Sends) -> None:
    sends(written(entry("https://a.example/"), entry("https://B.example/x", 404), entry(status=-1)))
    client, url = browse("support"), table(run, "har")
    assert "3 requests, 2 failed" in client.get(url).text
    assert [row.url for row in rows(client.get(url, {"q": "b.EXAMPLE"}))] == ["https://B.example/x"]
    assert [row.status for row in rows(client.get(url, {"only": "problems"}))] == [404, None]
    assert "No answer" in client.get(url, {"only": "problems"}).text
    none = client.get(url, {"q": "<b>none</b>", "only": "problems"})
    assert "No request matches" in none.text
    assert "<b>none</b>" not in none.text


@pytest.mark.django_db
def test_lines_are_counted_searched_and_filtered(browse: Browse, run: Run, sends: Sends) -> None:
    sends(WRITTEN)
    client, url = browse("support"), table(run, "browser_console_log")
    assert "4 lines, 2 warnings or errors" in client.get(url).text
    assert [row.level for row in rows(client.get(url, {"only": "problems"}))] == [
        "error",
        "warning",
    ]
    assert [row.level for row in rows(client.get(url, {"q": "BLOCKED"}))] == ["warning"]
    assert len(rows(client.get(url, {"q": "app.js"}))) == 2
    assert "tone-warning" in client.get(url).text


def rows(answer: Any) -> list[Any]:
    found: list[Any] = answer.context["rows"]
    return found


@pytest.mark.django_db
def test_long_tables_come_in_pages_that_keep_the_filter(
    browse: Browse, run: Run, sends: Sends
) -> None:
    sends(b"".join(b"line %d\n" % number for number in range(450)))
    client, url = browse("support"), table(run, "browser_console_log")
    first = client.get(url, {"q": "line"})
    assert "1 to 200 of 450" in first.text
    assert (first.context["previous"], first.context["next"]) == ("", "?q=line&offset=200")
    assert 'href="?q=line&amp;offset=200"' in first.text
    last = client.get(url, {"q": "line", "offset": "400"})
    assert "401 to 450 of 450" in last.text
    assert (last.context["previous"], last.context["next"]) == ("?q=line&offset=200", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "first"),
    [("9999999", 401), ("450", 401), ("449", 450), ("-5", 1), ("x", 1), ("9" * 5_000, 1), ("²", 1)],
)
def test_an_odd_offset_leads_to_a_page(
    browse: Browse, run: Run, sends: Sends, asked: str, first: int
) -> None:
    sends(b"line\n" * 450)
    answer = browse("support").get(table(run, "browser_console_log"), {"offset": asked})
    assert answer.context["first"] == first


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\x00", "%", "\ud800", "\u202e", "x" * 10_000, "a&offset=5#<i>"])
def test_any_text_can_be_searched_for(browse: Browse, run: Run, text: str) -> None:
    sought = text.encode("utf-8", "surrogatepass")
    answer = browse("support").get(table(run, "har"), {"q": sought, "only": sought})
    assert answer.status_code == 200


@pytest.mark.django_db
def test_what_is_left_out_is_said(browse: Browse, run: Run, sends: Sends) -> None:
    sends(b"line\n" * (MOST_ROWS + 1_500))
    shown = browse("support").get(table(run, "browser_console_log")).text
    assert "5,000 lines, none warnings or errors" in shown
    assert "1,500 more are in the file but not in this table" in shown


@pytest.mark.django_db
def test_a_file_that_is_too_large_can_be_downloaded(browse: Browse, run: Run, sends: Sends) -> None:
    sends(b"x" * (MOST_BYTES + 1))
    shown = browse("support").get(table(run, "har")).text
    assert "This file has more than 20 MB." in shown
    assert f"{run.artifacts.get(type='har').get_absolute_url()}?download=1" in shown


@pytest.mark.django_db
def test_a_file_that_trickles_in_is_given_up(
    browse: Browse, run: Run, sends: Sends, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(WRITTEN)
    monkeypatch.setattr(readable, "PATIENCE", -1.0)
    assert browse("support").get(table(run, "browser_console_log")).status_code == 502


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["screenshot_final", "recording", "download", "html_scrape"])
def test_no_other_file_is_a_table(browse: Browse, run: Run, sandbox: Sandbox, kind: str) -> None:
    sandbox.calls.clear()
    assert browse("support").get(table(run, kind)).status_code == 404
    assert sandbox.calls == []


@pytest.mark.django_db
def test_a_file_that_cannot_be_had_is_answered_as_the_file_itself(
    browse: Browse, run: Run, sandbox: Sandbox
) -> None:
    client, url = browse("support"), table(run, "har")
    assert client.get("/artifacts/a_1/table/").status_code == 404
    sandbox.fault("status", code=500, times=3)
    failed = client.get(url)
    assert failed.status_code == 502
    assert "did not give the file" in failed.text
    sandbox.fault("expired", times=None)
    assert client.get(url).status_code == 404
    Artifact.objects.update(archived=True)
    assert client.get(url).status_code == 410


@pytest.mark.django_db
def test_a_person_without_a_role_sees_no_table(browse: Browse, run: Run) -> None:
    assert browse("nobody").get(table(run, "har")).status_code == 403
    assert browse("support").post(table(run, "har")).status_code == 405
