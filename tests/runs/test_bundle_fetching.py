"""A support bundle is whole whatever Skyvern gives, and fetches only so much."""

from __future__ import annotations

import random
import re
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs import bundle
from runs.bundle import fetching
from runs.evidence import Evidence, Shot
from runs.models import Artifact, Run
from tests.conftest import Browse
from tests.runs.bundling import (
    ALWAYS,
    MB,
    PNG,
    case,
    opened,
    pictures,
    pieces,
    readme,
    serve,
    shots,
    taken,
    url,
)
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
NO_TIME = "not asked for: the time for all files was over."


@pytest.fixture
def run(play: Play) -> Run:
    """It failed while signing in."""
    return play("Credential check")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "expired"}, "Skyvern did not give it: Artifact not found"),
        ({"kind": "status", "code": 500}, "Skyvern did not give it: Skyvern has a problem (500)"),
        ({"kind": "status", "code": 403}, "Skyvern did not give it: Skyvern does not allow this"),
        ({"kind": "drop"}, "Skyvern did not give it: "),
        ({"kind": "cut"}, "Skyvern did not give it: "),
        ({"kind": "garbage"}, "what Skyvern gave for it is no picture."),
    ],
)
def test_trouble_is_told_and_the_zip_whole(
    browse: Browse, run: Run, sandbox: Sandbox, fault: dict[str, Any], why: str
) -> None:
    sandbox.fault(path="/content", times=None, **fault)
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    said = readme(members)
    assert f"screenshots/01-sign_in: {why}" in said
    assert re.search(r"console\.log: \S+", said)


def test_archived_files_are_not_even_asked_for(browse: Browse, run: Run, sandbox: Sandbox) -> None:
    Artifact.objects.update(archived=True)
    calls = len(sandbox.calls)
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    assert "console.log: Skyvern has moved it to its archive" in readme(members)
    assert len(sandbox.calls) == calls


def test_one_that_cannot_be_had_leaves_room_for_the_others(
    browse: Browse, run: Run, sandbox: Sandbox
) -> None:
    sandbox.fault("expired", times=1)
    members = taken(browse("support"), run)
    assert "screenshots/01-sign_in.png" not in members
    assert len(pictures(members)) > 3
    assert "console.log" in members
    assert "screenshots/01-sign_in: Skyvern did not give it: Artifact not found" in readme(members)


def test_an_api_that_is_down_is_not_asked_for_each_file(
    browse: Browse, run: Run, settings: Settings
) -> None:
    shots(run, 20)

    def down(_: str) -> Iterable[bytes]:
        raise httpx.ConnectError("refused")

    asked = serve(settings, down)
    said = readme(taken(browse("support"), run))
    assert len(set(asked)) == fetching.MOST_TROUBLE
    assert said.count("not asked for: Skyvern failed to give the last ones.") >= 10


def test_a_file_that_only_trickles_is_given_up(
    browse: Browse, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS_EACH", fetching.PATIENCE + 0.2)

    def trickle(_: str) -> Iterator[bytes]:
        while True:
            yield PNG
            time.sleep(0.02)

    serve(settings, trickle)
    begun = time.monotonic()
    members = taken(browse("support"), run)
    assert time.monotonic() - begun < 5
    assert members.keys() == ALWAYS
    assert "screenshots/01-sign_in: Skyvern did not give it: it took too long" in readme(members)


def test_when_the_time_for_all_is_over_nothing_more_is_asked_for(
    browse: Browse, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS_TOGETHER", fetching.SECONDS_EACH + 0.05)

    def slow(_: str) -> Iterator[bytes]:
        time.sleep(0.1)
        yield PNG

    asked = serve(settings, slow)
    members = taken(browse("support"), run)
    assert len(asked) == 1
    assert pictures(members) == ["screenshots/01-sign_in.png"]
    assert f"console.log: {NO_TIME}" in readme(members)


def test_a_person_who_is_slow_uses_no_time_up(
    browse: Browse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS_TOGETHER", fetching.SECONDS_EACH + 1)
    answer = browse("support").get(url(run))
    slowly = []
    for piece in pieces(answer):
        slowly.append(piece)
        time.sleep(0.1)
    members = opened(b"".join(slowly))
    assert len(slowly) * 0.1 > 1
    assert NO_TIME not in readme(members)


@pytest.mark.parametrize("claims", [True, False])
def test_a_file_that_is_too_large_is_left_out(
    browse: Browse, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch, claims: bool
) -> None:
    monkeypatch.setattr(fetching, "MOST_EACH", 1000)
    Artifact.objects.update(size=None)
    large = run.artifacts.filter(type="browser_console_log")[0]
    if claims:
        Artifact.objects.filter(pk=large.pk).update(size=1001)
    asked = serve(settings, lambda pk: [PNG, bytes(1001)] if pk == large.pk else [PNG, bytes(900)])
    members = taken(browse("support"), run)
    assert "console.log: one file may have " in readme(members)
    assert (large.pk in asked) is not claims
    assert len(pictures(members)) > 3


def test_one_that_says_it_is_too_large_is_not_read(
    browse: Browse, run: Run, sandbox: Sandbox, settings: Settings
) -> None:
    read: list[int] = []

    def content() -> Iterator[bytes]:
        for number in range(3):  # WSGI asks for the first piece with the headers
            read.append(number)
            yield PNG

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("content-length", str(fetching.MOST_EACH + 1))])
        return content()

    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    assert "screenshots/01-sign_in: one file may have " in readme(members)
    assert set(read) == {0}


def test_all_together_have_a_limit_within_which_the_small_ones_still_go(
    browse: Browse, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_TOGETHER", 2_500)
    Artifact.objects.update(size=None)
    small = run.artifacts.filter(type="screenshot_final")[0].pk
    serve(settings, lambda pk: [PNG] if pk == small else [PNG, bytes(1000)])
    members = taken(browse("support"), run)
    assert sum(len(members[name]) for name in pictures(members)) <= 2_500
    assert len(PNG) in {len(members[name]) for name in pictures(members)}
    assert "all files may have 0 MB here" in readme(members)


def test_a_full_disk_breaks_nothing(
    browse: Browse, run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", full)
    monkeypatch.setattr(fetching, "IN_MEMORY", 5)
    serve(settings, lambda _: [PNG])
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    assert "screenshots/01-sign_in: there was no room here to fetch it." in readme(members)


def test_neither_the_zip_nor_a_file_is_ever_held_whole(
    browse: Browse, run: Run, settings: Settings
) -> None:
    noise = random.Random(7).randbytes(MB)
    large = run.artifacts.filter(type="screenshot_final")[0].pk

    def content(pk: str) -> Iterator[bytes]:
        yield PNG
        if pk == large:
            for _ in range(15):
                yield noise[: -len(PNG)]

    serve(settings, content)
    answer = browse("support").get(url(run))
    tracemalloc.start()
    size = sum(map(len, pieces(answer)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 14 * MB
    assert peak < 6 * MB


def test_whoever_goes_away_ends_it(settings: Settings) -> None:
    asked = serve(settings, lambda _: [PNG, random.Random(7).randbytes(MB)])
    three = [Shot(Artifact(artifact_id=f"a_{number}"), "x", "") for number in range(3)]
    with closing(bundle.stream(case(files=Evidence(shots=three)))) as written:
        while not asked:
            next(written)
        next(written)
    assert asked == ["a_0"]
