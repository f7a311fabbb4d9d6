"""Thumbnails of screenshots: made once, for everyone who may see the run."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs import evidence as evidence_of
from runs.models import Artifact, Kept, Run, Thumbnail
from runs.thumbnails import drawing, making
from runs.timeline import Timeline
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, keep_all, upstream

pytestmark = pytest.mark.django_db
FOR_EVER = "private, max-age=31536000, immutable"
FOR_A_MINUTE = "private, max-age=60"


@pytest.fixture
def run(play: Play) -> Run:
    return play("Invoice download")


@pytest.fixture
def shot(run: Run) -> Artifact:
    return run.artifacts.filter(type="screenshot_final")[0]


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def test_it_is_a_small_webp_that_a_browser_may_keep(browse: Browse, shot: Artifact) -> None:
    answer = browse("support").get(shot.thumbnail_url)
    picture = opened(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert (picture.format, picture.size) == ("WEBP", (320, 180))
    assert len(answer.content) < 12_000
    assert answer["Cache-Control"] == FOR_EVER
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_it_is_made_once(
    browse: Browse, shot: Artifact, sandbox: Sandbox, django_assert_num_queries: Any
) -> None:
    client = browse("support")
    first = client.get(shot.thumbnail_url)
    sandbox.fault("expired", times=None)
    with django_assert_num_queries(5):  # session, person, both kinds of permissions, picture
        again = client.get(shot.thumbnail_url)
    assert again.content == first.content
    assert asked_for(sandbox) == [shot.pk]


def test_the_page_of_a_run_can_name_it(run: Run, shot: Artifact) -> None:
    files = evidence_of.of_run(run, None, [shot], Timeline([]))
    assert files.shots[0].thumbnail_url == f"/artifacts/{shot.pk}/thumb/"


@pytest.mark.parametrize("kind", ["recording", "html_scrape", "download"])
def test_only_screenshots_have_one(browse: Browse, run: Run, kind: str) -> None:
    file = run.artifacts.filter(type=kind)[0]
    assert browse("support").get(file.thumbnail_url).status_code == 404
    assert not Thumbnail.objects.exists()


def test_a_file_nobody_knows_has_none(browse: Browse, sandbox: Sandbox) -> None:
    assert browse("support").get("/artifacts/a_nobody/thumb/").status_code == 404
    assert sandbox.calls == []


def test_a_person_without_a_role_gets_none(browse: Browse, shot: Artifact) -> None:
    browse("support").get(shot.thumbnail_url)
    assert browse("nobody").get(shot.thumbnail_url).status_code == 403


@pytest.mark.parametrize(
    "fault", [{"kind": "expired"}, {"kind": "status", "code": 500}, {"kind": "cut"}]
)
def test_while_the_screenshot_cannot_be_had_something_else_is_shown(
    browse: Browse, shot: Artifact, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.fault(path="/content", times=None, **fault)
    client = browse("support")
    answer = client.get(shot.thumbnail_url)
    assert (answer.status_code, answer["Cache-Control"]) == (200, FOR_A_MINUTE)
    assert opened(answer.content).size == (320, 200)
    sandbox.heal()
    assert client.get(shot.thumbnail_url)["Cache-Control"] == FOR_EVER


def test_one_that_can_never_be_made_is_not_tried_twice(
    browse: Browse, shot: Artifact, settings: Settings
) -> None:
    asked = upstream(settings, lambda: [b"no picture"])
    client = browse("support")
    for _ in range(2):
        answer = client.get(shot.thumbnail_url)
        assert (answer.status_code, answer["Cache-Control"]) == (200, FOR_A_MINUTE)
    assert asked == [shot.pk]


def test_of_a_live_run_it_is_tried_again(
    browse: Browse, play: Play, settings: Settings, sandbox: Sandbox
) -> None:
    run = play("Slow crawl", seconds=5)
    shot = run.artifacts.filter(type__startswith="screenshot")[0]
    good, client = settings.SKYVERN_TRANSPORT, browse("support")
    upstream(settings, lambda: [b"\x89PNG\r\n\x1a\nhalf written"])
    assert client.get(shot.thumbnail_url)["Cache-Control"] == FOR_A_MINUTE
    settings.SKYVERN_TRANSPORT = good
    assert client.get(shot.thumbnail_url)["Cache-Control"] == FOR_EVER


def test_when_others_are_being_made_the_full_picture_is_given(
    browse: Browse, shot: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "PATIENCE", 0.01)
    client = browse("support")
    with making._turn(), making._turn():
        answer = client.get(shot.thumbnail_url)
    assert (answer.status_code, answer["Location"]) == (302, shot.get_absolute_url())
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(shot.thumbnail_url).status_code == 200


def test_whoever_waited_gets_what_was_made_meanwhile(shot: Artifact, sandbox: Sandbox) -> None:
    first = making.of(shot)
    assert making.of(shot) == first
    assert asked_for(sandbox) == [shot.pk]


@pytest.mark.usefixtures("evidence")
def test_it_is_made_of_the_kept_copy(browse: Browse, play: Play, sandbox: Sandbox) -> None:
    run = play("Invoice download")
    keep_all()
    assert not Thumbnail.objects.exists()  # until somebody looks
    sandbox.fault("expired", times=None)
    shot = run.artifacts.filter(type="screenshot_final")[0]
    assert browse("support").get(shot.thumbnail_url)["Cache-Control"] == FOR_EVER


def test_it_goes_with_its_run(browse: Browse, run: Run, shot: Artifact) -> None:
    browse("support").get(shot.thumbnail_url)
    run.delete()
    assert not Thumbnail.objects.exists()
    assert not Kept.objects.exists()


def test_the_placeholder_is_small_and_suits_both_themes() -> None:
    picture = opened(drawing.placeholder())
    assert picture.size == (320, 200)
    assert picture.mode == "RGBA"
    assert len(drawing.placeholder()) < 2_000
