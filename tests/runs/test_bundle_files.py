"""The screenshots and the console log in a support bundle."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs import bundle
from runs.bundle import contents
from runs.models import Artifact, Run
from runs.readable.plain import MOST_BYTES
from tests.conftest import Browse
from tests.runs.bundling import (
    ALWAYS,
    PNG,
    SAFE,
    pictures,
    readme,
    sent,
    serve,
    shots,
    taken,
)
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    """It failed while signing in."""
    return play("Credential check")


def test_the_failing_steps_screenshot_comes_first(browse: Browse, run: Run) -> None:
    client = browse("support")
    page = client.get(run.get_absolute_url()).text
    shown = re.search(r'failure-shot"><a href="([^"]+)"', page)
    assert shown
    members = taken(client, run)
    first = pictures(members)[0]
    assert first == "screenshots/01-sign_in.png"
    assert members[first] == sent(client.get(shown[1]))
    assert re.search(r"\.png: sign_in, Input text, \S+Z\n", readme(members))
    assert re.search(rf"{first}: sign_in, \S+Z, when it failed", readme(members))


def test_a_run_without_a_page_has_no_pictures_and_says_so(browse: Browse, play: Play) -> None:
    members = taken(browse("support"), play("Price feed"))
    assert members.keys() == ALWAYS
    assert "console.log: this run left none." in readme(members)
    assert members["notes.txt"] == b"Nobody has written one.\n"


def test_recordings_and_downloads_stay_away(browse: Browse, play: Play, sandbox: Sandbox) -> None:
    run = play("Invoice download")
    calls = len(sandbox.calls)
    members = taken(browse("support"), run)
    kinds = {Artifact.objects.get(pk=path.split("/")[-2]).type for _, path in sandbox.calls[calls:]}
    assert kinds == {
        *("screenshot_action", "screenshot_llm", "screenshot_final", "browser_console_log")
    }
    assert all(SAFE.fullmatch(name) for name in members.keys() - ALWAYS - {"console.log"})
    assert "recordings, downloads and other files: never in here" in readme(members)


def test_of_many_screenshots_a_dozen_are_chosen_from_the_first_to_the_last(
    browse: Browse, run: Run, settings: Settings
) -> None:
    Artifact.objects.all().delete()
    many = shots(run, 200)
    asked = serve(settings, lambda _: [PNG])
    members = taken(browse("support"), run)
    assert len(pictures(members)) == 13
    assert asked[0] == many[-1].pk  # no step has a picture of its own: the last thing on screen
    assert (asked[1], asked[-1]) == (many[0].pk, many[-2].pk)
    assert asked[1:] == sorted(asked[1:])
    assert "more screenshots: these are a choice" in readme(members)


@pytest.mark.parametrize("count", [0, 1, 12, 13, 1000])
def test_a_choice_is_even_and_names_nothing_twice(count: int) -> None:
    chosen = contents.spread(list(range(count)), 12)
    assert len(chosen) == len(set(chosen)) == min(count, 12)
    assert chosen == sorted(chosen)
    assert chosen[-1:] == list(range(count))[-1:]


@pytest.mark.parametrize(("start", "ending"), [(PNG, "png"), (b"\xff\xd8\xff\xe0", "jpg")])
def test_a_picture_is_called_what_it_is(
    browse: Browse, run: Run, settings: Settings, start: bytes, ending: str
) -> None:
    serve(settings, lambda _: [start[:2], start[2:] + b"..."])
    found = pictures(taken(browse("support"), run))
    assert found
    assert {name.rpartition(".")[2] for name in found} == {ending}


# Logs in an archive -------------------------------------------------------------------------------


def zipped(kind: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    """`zipped(log=…)`: an archive with the file "x.log"."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", kind) as archive:
        for ending, content in files.items():
            archive.writestr(f"x.{ending}", content)
    return target.getvalue()


BROKEN = "This is an archive, but a broken one."
GOOD = zipped(zipfile.ZIP_STORED, har=b"{}", log=b"first\nlast\n")


def test_a_log_is_taken_out_of_the_archive_it_comes_in(
    browse: Browse, run: Run, settings: Settings
) -> None:
    serve(settings, lambda _: [GOOD])
    assert taken(browse("support"), run)["console.log"] == b"first\nlast\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped(har=b"{}"), "This is an archive without such a log in it."),
        (GOOD[:-30], BROKEN),
        (GOOD.replace(b"first", b"f1rst"), BROKEN),
        (zipped(zipfile.ZIP_LZMA, log=b"first"), "This is an archive without such a log in it."),
        (GOOD + b"PK\x01\x02" * 1_001, "This archive holds too many files"),
        (zipped(log=bytes(MOST_BYTES + 1)), "What is in this archive is too large"),
        (b"\x1f\x8b\x08\x00\x00", "what Skyvern gave for it is no log."),
    ],
    ids=["none", "cut", "changed", "packed oddly", "many", "bomb", "binary"],
)
def test_an_archive_that_is_of_no_use_breaks_nothing(
    browse: Browse, run: Run, settings: Settings, content: bytes, why: str
) -> None:
    serve(settings, lambda _: [content])
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    assert f"console.log: {why}" in readme(members)


def test_of_several_logs_the_newest_is_taken(browse: Browse, run: Run, settings: Settings) -> None:
    Artifact.objects.create(
        artifact_id="a_new", run=run, type=bundle.LOG, created_at=timezone.now() + timedelta(days=1)
    )
    serve(settings, lambda pk: [b"new\n" if pk == "a_new" else b"old\n"])
    members = taken(browse("support"), run)
    assert members["console.log"] == b"new\n"
    assert "older console logs: 1 of them: only the newest is asked for." in readme(members)
