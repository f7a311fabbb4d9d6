"""The page with a console log or a HAR as a table: searched, in pages, and led back from."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.models import Artifact, Run
from runs.readable.plain import MOST_BYTES, MOST_ROWS
from runs.views import readable
from tests.conftest import Browse
from tests.hostile.logs import WRITTEN, entry, written
from tests.runs.conftest import Play
from tests.runs.reading import Sends, served, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    return play("Invoice download")


@pytest.fixture
def sends(sandbox: Sandbox, settings: Settings) -> Sends:
    """From now on that is the content of every file."""
    return served(settings)


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


def test_lines_are_counted_searched_and_filtered(browse: Browse, run: Run, sends: Sends) -> None:
    sends(WRITTEN)
    client, url = browse("support"), table(run, "browser_console_log")
    assert "4 lines, 2 with a warning or an error" in client.get(url).text
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


@pytest.mark.parametrize("text", ["\x00", "%", "\ud800", "\u202e", "x" * 10_000, "a&offset=5#<i>"])
def test_any_text_can_be_searched_for(browse: Browse, run: Run, text: str) -> None:
    sought = text.encode("utf-8", "surrogatepass")
    answer = browse("support").get(table(run, "har"), {"q": sought, "only": sought})
    assert answer.status_code == 200


def test_what_is_left_out_is_said(browse: Browse, run: Run, sends: Sends) -> None:
    sends(b"line\n" * (MOST_ROWS + 1_500))
    shown = browse("support").get(table(run, "browser_console_log")).text
    assert "5,000 lines, none with a warning or an error" in shown
    assert "1,500 more are in the file but not in this table" in shown


def test_a_file_that_is_too_large_can_be_downloaded(browse: Browse, run: Run, sends: Sends) -> None:
    sends(b"x" * (MOST_BYTES + 1))
    shown = browse("support").get(table(run, "har")).text
    assert "This file has more than 20 MB." in shown
    assert f"{run.artifacts.get(type='har').get_absolute_url()}?download=1" in shown


def test_a_file_that_trickles_in_is_given_up(
    browse: Browse, run: Run, sends: Sends, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(WRITTEN)
    monkeypatch.setattr(readable, "PATIENCE", -1.0)
    assert browse("support").get(table(run, "browser_console_log")).status_code == 502


@pytest.mark.parametrize("kind", ["screenshot_final", "recording", "download", "html_scrape"])
def test_no_other_file_is_a_table(browse: Browse, run: Run, sandbox: Sandbox, kind: str) -> None:
    sandbox.calls.clear()
    assert browse("support").get(table(run, kind)).status_code == 404
    assert sandbox.calls == []


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


def test_a_person_without_a_role_sees_no_table(browse: Browse, run: Run) -> None:
    assert browse("nobody").get(table(run, "har")).status_code == 403
    assert browse("support").post(table(run, "har")).status_code == 405
