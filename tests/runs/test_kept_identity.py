"""A store that is not mounted, or is somebody else's, is left alone: nothing in it was lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django import Settings

from dashboard import stores
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs.models import Kept, Run
from runs.tasks import keep_files, tidy_files
from runs.tasks.keeping import sweeping
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, keep_all, lies_in

pytestmark = pytest.mark.django_db
State = Kept.State


@pytest.fixture
def run(evidence: Path, play: Play, monkeypatch: pytest.MonkeyPatch) -> Run:
    made = play("Invoice download")
    keep_all()
    monkeypatch.setattr(sweeping, "AT_ONCE", sweeping.SHELVES)
    return made


def note() -> str:
    return Feed.objects.get(pk="evidence").error


def all_are_kept() -> bool:
    return Kept.objects.kept().count() == Kept.objects.count() > 0


@pytest.mark.parametrize("is_left_empty", [True, False])
def test_while_it_is_not_mounted_nothing_is_fetched_again(
    run: Run, evidence: Path, sandbox: Sandbox, is_left_empty: bool
) -> None:
    elsewhere = evidence.rename(evidence.with_name("unmounted"))
    if is_left_empty:
        evidence.mkdir()
    tidy_files()
    assert note().startswith("The store of kept files cannot be used: ")
    assert all_are_kept()
    Kept.objects.filter(pk=Kept.objects.all()[0].pk).update(state=State.WAITING)
    calls = len(asked_for(sandbox))
    keep_files()
    assert len(asked_for(sandbox)) == calls
    if is_left_empty:
        evidence.rmdir()
    elsewhere.rename(evidence)
    before = lies_in(evidence)
    keep_files()
    tidy_files()
    assert all_are_kept()
    assert lies_in(evidence) == before


def test_that_of_another_skydeck_is_not_touched(run: Run, evidence: Path) -> None:
    before = lies_in(evidence)
    Feed.objects.all().delete()
    Kept.objects.all().delete()
    tidy_files()
    assert "belongs to another Skydeck" in note()
    assert lies_in(evidence) == before
    keep_files()
    assert not Kept.objects.kept().exists()


def test_one_that_is_set_to_another_place_is_filled_again(
    run: Run, evidence: Path, settings: Settings, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    settings.EVIDENCE_STORE = str(new)
    settings.STORAGES = {**settings.STORAGES, "evidence": stores.folder(str(new))}
    keep_files()
    assert lies_in(new) == []
    tidy_files()
    keep_all()
    assert all_are_kept()
    assert lies_in(new) == sorted(row.name for row in Kept.objects.kept())


def test_one_that_was_copied_to_another_place_is_used_as_it_is(
    run: Run, evidence: Path, settings: Settings, sandbox: Sandbox
) -> None:
    new = evidence.rename(evidence.with_name("new"))
    settings.EVIDENCE_STORE = str(new)
    settings.STORAGES = {**settings.STORAGES, "evidence": stores.folder(str(new))}
    calls = len(asked_for(sandbox))
    tidy_files()
    keep_files()
    assert all_are_kept()
    assert len(asked_for(sandbox)) == calls


def test_a_mark_that_was_not_written_yet_is_written(run: Run, evidence: Path) -> None:
    [mark] = evidence.glob("skydeck-*")
    mark.unlink()
    feed = Feed.objects.get(pk="evidence")
    Feed.objects.update(cursor={**feed.cursor, "is_marked": False})
    tidy_files()
    assert mark.exists()
    assert all_are_kept()


def test_the_administration_is_shown_all_the_same(run: Run, evidence: Path, browse: Browse) -> None:
    evidence.rename(evidence.with_name("unmounted"))
    page = browse("superuser").get(reverse("admin:runs_kept_changelist"))
    assert page.status_code == 200
    assert "the store cannot be reached" in page.text
