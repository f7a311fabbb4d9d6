"""A kept file is served as Skyvern's own would be, and still is when Skyvern has it no more."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.files import keeping, missing, store
from runs.models import Artifact, Kept, Run
from tests.conftest import Browse
from tests.runs.bundling import taken
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, body, ended_long_ago, keep_all, one

pytestmark = pytest.mark.django_db
State = Kept.State
RANGES = (None, "bytes=4-11", "bytes=-5", "bytes=100-", "bytes=0-0", "bytes=99999999-", "bytes=5-2")
TYPES = ("recording", "screenshot_final", "har", "browser_console_log", "download")


@pytest.fixture
def run(evidence: Path, play: Play) -> Run:
    made = play("Invoice download")
    keep_all()
    ended_long_ago(made)
    return made


@pytest.fixture
def gone(run: Run, sandbox: Sandbox) -> None:
    """Skyvern has none of the files any more."""
    sandbox.fault("expired", times=None)


def url(run: Run, kind: str = "recording") -> str:
    return one(run, kind).artifact.get_absolute_url()


def told(answer: Any) -> tuple[int, dict[str, str], bytes]:
    return answer.status_code, dict(answer.items()), body(answer) if answer.streaming else b""


def test_it_is_served_without_asking_skyvern(browse: Browse, run: Run, sandbox: Sandbox) -> None:
    calls = len(sandbox.calls)
    answer = browse("support").get(url(run))
    assert (answer.status_code, answer["Content-Type"]) == (200, "video/mp4")
    assert body(answer)[4:8] == b"ftyp"
    assert len(sandbox.calls) == calls


@pytest.mark.parametrize("kind", TYPES)
def test_every_part_is_the_same_from_either_origin(
    browse: Browse, run: Run, settings: Settings, kind: str
) -> None:
    client, place = browse("support"), settings.EVIDENCE_STORE
    for asked in RANGES:
        headers = {"Range": asked} if asked else {}
        settings.EVIDENCE_STORE = place
        kept = told(client.get(url(run, kind), headers=headers))
        settings.EVIDENCE_STORE = ""
        upstream = told(client.get(url(run, kind), headers=headers))
        assert kept[0] == upstream[0], asked
        assert kept[0] == 416 or kept == upstream, asked


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("kind", TYPES)
def test_what_is_gone_upstream_is_still_here(browse: Browse, run: Run, kind: str) -> None:
    client = browse("support")
    assert client.get(url(run, kind)).status_code == 200
    Artifact.objects.update(archived=True)
    assert client.get(url(run, kind)).status_code == 200


@pytest.mark.usefixtures("gone")
def test_the_readers_of_files_use_what_is_kept(browse: Browse, run: Run) -> None:
    client = browse("support")
    for kind in ("har", "browser_console_log"):
        page = client.get(f"{url(run, kind)}table/")
        assert page.status_code == 200
        assert "No table can be made" not in page.text
    members = taken(client, run)
    assert "console.log" in members
    assert sum(name.startswith("screenshots/") for name in members) > 1


def test_the_head_of_a_kept_file_has_its_length_and_no_body(browse: Browse, run: Run) -> None:
    answer = browse("support").head(url(run))
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer["Content-Length"]) == one(run).size


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [Path.unlink, damage])
def test_a_copy_that_is_lost_or_damaged_is_had_from_skyvern(
    browse: Browse, run: Run, evidence: Path, harm: Callable[[Path], None], sandbox: Sandbox
) -> None:
    row = one(run)
    harm(evidence / row.name)
    asked = len(asked_for(sandbox))
    assert len(body(browse("support").get(url(run)))) == row.size
    assert len(asked_for(sandbox)) == asked + 1


def test_a_copy_that_is_being_fetched_is_not_served(browse: Browse, run: Run) -> None:
    Kept.objects.update(state=State.WORKING, lease_until=timezone.now() + timedelta(minutes=1))
    assert one(run).artifact.kept is None
    assert browse("support").get(url(run)).status_code == 200


def test_a_person_without_a_role_gets_no_kept_file(browse: Browse, run: Run) -> None:
    assert browse("nobody").get(url(run)).status_code == 403


@pytest.mark.parametrize(
    ("size", "ago", "kept", "title"),
    [
        (9, timedelta(minutes=2), State.GONE, "Not written yet"),
        (0, timedelta(hours=1), State.GONE, "Never made"),
        (None, timedelta(hours=1), State.GONE, "Never made"),
        (9, timedelta(hours=1), State.GONE, "Gone at Skyvern"),
        (None, timedelta(days=40), State.GONE, "Gone at Skyvern"),
        (9, timedelta(days=40), State.LET_GO, "Gone"),
    ],
)
@pytest.mark.usefixtures("gone")
def test_the_page_of_a_missing_file_says_why(
    browse: Browse, run: Run, *, size: int | None, ago: timedelta, kept: str, title: str
) -> None:
    Artifact.objects.update(size=size)
    Kept.objects.update(state=kept)
    Run.objects.update(finished_at=timezone.now() - ago)
    answer = browse("support").get(url(run))
    assert answer.status_code == 404
    assert f"<h2>{title}</h2>" in answer.text
    assert "All files of this run" in answer.text


def test_an_archived_one_and_an_unknown_one_are_told_apart(browse: Browse, run: Run) -> None:
    Kept.objects.all().delete()
    Artifact.objects.update(archived=True)
    client, file = browse("support"), run.artifacts.filter(type="recording")[0]
    answer = client.get(file.get_absolute_url())
    assert (answer.status_code, missing.ARCHIVED.title in answer.text) == (410, True)
    answer = client.get("/artifacts/a_nobody/")
    assert (answer.status_code, missing.UNKNOWN.title in answer.text) == (404, True)


def test_the_list_of_files_says_where_each_is(browse: Browse, run: Run) -> None:
    client, page = browse("support"), f"{run.get_absolute_url()}?tab=files"
    kept = client.get(page).text
    assert "kept here since" in kept
    assert "and the recording." in kept
    Kept.objects.all().delete()
    absent = client.get(page).text
    assert "at Skyvern" in absent
    assert "kept here since" not in absent
    assert "Screenshots and recordings: at Skyvern." in absent


def test_nothing_is_said_of_it_where_no_store_is(
    browse: Browse, run: Run, settings: Settings
) -> None:
    settings.EVIDENCE_STORE = ""
    page = browse("support").get(f"{run.get_absolute_url()}?tab=files").text
    assert "kept here" not in page.lower()
    assert "at Skyvern<" not in page


def test_where_files_are_costs_no_query_more(
    browse: Browse, run: Run, settings: Settings, django_assert_max_num_queries: Any
) -> None:
    client, page = browse("support"), f"{run.get_absolute_url()}?tab=files"
    client.get(page)
    with django_assert_max_num_queries(60) as with_store:
        client.get(page)
    settings.EVIDENCE_STORE = ""
    with django_assert_max_num_queries(60) as without:
        client.get(page)
    assert len(with_store) == len(without)


def test_a_large_kept_file_is_never_held_whole(browse: Browse, run: Run) -> None:
    row, size = one(run), 40 * 2**20
    store.store().delete(row.name)
    store.store().save(row.name, ContentFile(bytes(size)))
    Kept.objects.filter(pk=row.pk).update(size=size)
    answer: Any = browse("support").get(url(run))
    tracemalloc.start()
    total = sum(len(piece) for piece in answer.streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == size
    assert peak < 8 * keeping.CHUNK
