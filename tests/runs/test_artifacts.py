"""Files of runs: known ones only, in parts, never as a page of our origin, never held back."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.files.kinds import content_type, filename
from runs.models import Artifact, Run
from runs.views.artifacts import Body
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    return play("Invoice download")


def one(run: Run, kind: str) -> str:
    return run.artifacts.filter(type=kind)[0].get_absolute_url()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_screenshot_is_a_picture_that_may_be_kept(browse: Browse, run: Run) -> None:
    answer = browse("support").get(one(run, "screenshot_final"))
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, max-age=86400, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert body(answer).startswith(b"\x89PNG")


def test_a_recording_can_be_sought_in(browse: Browse, run: Run) -> None:
    client, url = browse("support"), one(run, "recording")
    whole = client.get(url)
    content = body(whole)
    assert whole["Content-Type"] in ("video/mp4", "video/webm")
    assert whole["Accept-Ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=4-11"})
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 4-11/{len(content)}"
    assert part["Content-Length"] == "8"
    assert body(part) == content[4:12]
    end = client.get(url, headers={"Range": "bytes=-5"})
    assert body(end) == content[-5:]


def test_a_part_past_the_end_is_refused(browse: Browse, run: Run) -> None:
    answer = browse("support").get(one(run, "recording"), headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "items=0-1", "bytes=-", "x" * 5000])
def test_an_odd_range_gets_the_whole_file(browse: Browse, run: Run, asked: str) -> None:
    answer = browse("support").get(one(run, "recording"), headers={"Range": asked})
    assert answer.status_code == 200
    body(answer)  # to its end: closing it early would close the test's connection


def test_a_part_of_a_version_we_never_named_is_the_whole(browse: Browse, run: Run) -> None:
    headers = {"Range": "bytes=0-1", "If-Range": '"x"'}
    answer = browse("support").get(one(run, "recording"), headers=headers)
    assert answer.status_code == 200
    body(answer)  # to its end: closing it early would close the test's connection


def test_html_and_downloads_are_never_shown_in_our_origin(browse: Browse, run: Run) -> None:
    client = browse("support")
    for kind in ("html_scrape", "download"):
        answer = client.get(one(run, kind))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        body(answer)  # to its end: closing it early would close the test's connection


def test_a_log_is_plain_text_and_any_file_can_be_saved(browse: Browse, run: Run) -> None:
    client, url = browse("support"), one(run, "browser_console_log")
    shown, saved = client.get(url), client.get(url, {"download": "1"})
    assert shown["Content-Type"] == "text/plain; charset=utf-8"
    assert shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Disposition"].startswith("attachment")
    assert body(shown) == body(saved)


def test_the_head_of_a_file_has_no_body(browse: Browse, run: Run) -> None:
    answer = browse("support").head(one(run, "recording"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer["Content-Length"]) > 0


def test_a_file_of_a_live_run_is_asked_for_again(browse: Browse, play: Play) -> None:
    run = play("Slow crawl", seconds=5)
    answer = browse("support").get(run.artifacts.exclude(type="recording")[0].get_absolute_url())
    assert answer["Cache-Control"] == "private, no-cache"
    body(answer)  # to its end: closing it early would close the test's connection


@pytest.mark.parametrize("artifact_id", ["a_1", "a_%00", "..%2Fruns", "a_1%2F..%2F..%2Fsecrets"])
def test_only_files_the_mirror_knows_are_asked_for(
    browse: Browse, sandbox: Sandbox, artifact_id: str
) -> None:
    assert browse("superuser").get(f"/artifacts/{artifact_id}/").status_code == 404
    assert sandbox.calls == []


def test_a_file_that_is_gone_upstream_says_so(browse: Browse, run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("expired", times=None)
    answer = browse("support").get(one(run, "screenshot_final"))
    assert answer.status_code == 404
    assert "All files of this run" in answer.text


def test_an_archived_file_says_so(browse: Browse, run: Run) -> None:
    Artifact.objects.update(archived=True)
    answer = browse("support").get(one(run, "recording"))
    assert answer.status_code == 410
    assert "archive" in answer.text


def test_a_server_that_fails_is_told_apart_and_its_text_not_shown(
    browse: Browse, run: Run, sandbox: Sandbox
) -> None:
    sandbox.fault("status", code=500, times=None)
    answer = browse("support").get(one(run, "screenshot_final"))
    assert answer.status_code == 502
    assert "did not give the file" in answer.text


def test_a_person_without_a_role_gets_no_file(browse: Browse, run: Run) -> None:
    assert browse("nobody").get(one(run, "recording")).status_code == 403


def test_going_away_closes_the_connection_even_before_the_first_byte(
    browse: Browse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    close = Body.close

    def note(self: Body) -> None:
        closed.append(True)
        close(self)

    monkeypatch.setattr(Body, "close", note)
    answer = browse("support").get(one(run, "recording"))
    body(answer)  # to its end: closing it early would close the test's connection
    assert closed == [True]


HAR_ZIP = (Path(__file__).parent / "recorded" / "har.zip").read_bytes()
"""What Skyvern 1.0.56 sends for a HAR when the browser was closed late, as application/json."""


@pytest.fixture
def sends(sandbox: Sandbox, settings: Settings) -> Callable[[str, bytes], None]:
    """`sends("text/plain", b"…")`: from now on that is the content of every file."""

    def serve(kind: str, content: bytes) -> None:
        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response(
                "200 OK", [("content-type", kind), ("content-length", str(len(content)))]
            )
            return [content[:3], content[3:]]

        settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)

    return serve


@pytest.mark.parametrize("claimed", ["application/json", "text/plain; charset=utf-8"])
@pytest.mark.parametrize("kind", ["har", "browser_console_log"])
def test_a_log_that_is_really_a_zip_is_saved_as_one(
    browse: Browse, run: Run, sends: Callable[[str, bytes], None], kind: str, claimed: str
) -> None:
    sends(claimed, HAR_ZIP)
    client, url = browse("support"), one(run, kind)
    answer = client.get(url)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Disposition"].endswith('.zip"')
    assert body(answer) == HAR_ZIP
    assert client.head(url)["Content-Type"] == "application/zip"


def test_a_log_is_given_whole_as_a_part_does_not_tell_what_it_is(
    browse: Browse, run: Run, sends: Callable[[str, bytes], None]
) -> None:
    sends("text/plain", HAR_ZIP)
    answer = browse("support").get(one(run, "har"), headers={"Range": "bytes=9-20"})
    assert (answer.status_code, answer["Accept-Ranges"]) == (200, "none")
    assert body(answer) == HAR_ZIP


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        (b"", "text/plain; charset=utf-8"),
        ("no zip: PK\x03 ü".encode(), "text/plain; charset=utf-8"),
        (b"\x1f\x8b\x08\x00\x00", "application/octet-stream"),
    ],
)
def test_a_log_is_text_only_if_it_reads_as_text(
    browse: Browse, run: Run, sends: Callable[[str, bytes], None], sent: bytes, given: str
) -> None:
    sends("text/plain", sent)
    answer = browse("support").get(one(run, "browser_console_log"))
    assert answer["Content-Type"] == given
    assert body(answer) == sent


def artifact(**more: Any) -> Artifact:
    now = timezone.now()
    run = Run(run_id="wr_1", created_at=now, seen_at=now, changed_at=now, phase="completed")
    return Artifact(artifact_id="a_1", run=run, **more)


@pytest.mark.parametrize(
    ("kind", "claimed", "given"),
    [
        ("screenshot_llm", "image/webp", "image/webp"),
        ("screenshot_llm", "image/svg+xml", "image/png"),
        ("screenshot_llm", "text/html", "image/png"),
        ("recording", "video/webm; codecs=vp9", "video/webm"),
        ("recording", "text/html", "video/mp4"),
        ("har", "application/json", "application/json"),
        ("har", "text/html; charset=utf-8", "text/plain"),
        ("pdf", "application/json", "application/pdf"),
        ("download", "image/png", "application/octet-stream"),
        ("html_scrape", "text/html", "application/octet-stream"),
        ("something_new", "image/svg+xml", "application/octet-stream"),
    ],
)
def test_the_type_of_a_file_is_ours_to_say(kind: str, claimed: str, given: str) -> None:
    assert content_type(artifact(type=kind), claimed) == given


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\r\nSet-Cookie: x", "a_Set-Cookie: x"),
        ('quote".csv', 'quote".csv'),
        ("..", "wr_1-download-a_1"),
        ("x" * 500, "x" * 150),
    ],
)
def test_a_file_name_is_only_a_name(name: str, safe: str) -> None:
    assert filename(artifact(type="download", filename=name), "application/octet-stream") == safe


def test_a_file_without_a_name_says_what_it_is_of() -> None:
    assert filename(artifact(type="recording"), "video/mp4") == "wr_1-recording-a_1.mp4"
