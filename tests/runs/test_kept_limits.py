"""No file fills the disk, the store or the memory, whatever it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs.files import store
from runs.models import Artifact, Kept, Run
from runs.tasks import keep_files, tidy_files
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, keep_all, lies_in, one, upstream

pytestmark = pytest.mark.django_db
State = Kept.State


@pytest.fixture
def run(evidence: Path, play: Play) -> Run:
    return play("Invoice download")


@pytest.mark.parametrize("claims", [[("content-length", "1000001")], [], [("content-length", "9")]])
def test_a_file_that_is_too_large_is_not_read_to_its_end(
    run: Run, settings: Settings, evidence: Path, claims: list[tuple[str, str]]
) -> None:
    settings.EVIDENCE_FILE_MB = 1
    Artifact.objects.update(size=None)
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(100_000)

    upstream(settings, endless, claims)
    Kept.objects.exclude(pk=one(run).pk).delete()
    keep_all()
    assert one(run).state == State.FAILED
    assert "more than 1 MB" in one(run).error
    assert read <= 12
    assert lies_in(evidence) == []


def test_a_file_that_is_known_to_be_too_large_is_not_asked_for(
    run: Run, sandbox: Sandbox, settings: Settings
) -> None:
    settings.EVIDENCE_FILE_MB = 1
    Artifact.objects.update(size=1_000_001)
    keep_all()
    assert asked_for(sandbox) == []
    assert one(run).state == State.FAILED


def test_one_that_is_shorter_than_it_says_is_not_kept(
    run: Run, settings: Settings, evidence: Path
) -> None:
    Artifact.objects.update(size=None)
    upstream(settings, lambda: [b"half of"], [("content-length", "14")])
    Kept.objects.update(lease_until=None)
    keep_files()
    assert not Kept.objects.kept().exists()
    assert lies_in(evidence) == []


def test_a_disk_that_is_nearly_full_is_left_alone(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = SimpleNamespace(total=10**12, free=49 * 10**9)  # less than 5 % of it
    monkeypatch.setattr("shutil.disk_usage", lambda _: nearly_full)
    Kept.objects.update(lease_until=None)
    keep_files()
    assert asked_for(sandbox) == []
    assert {row.state for row in Kept.objects.all()} == {State.WAITING}
    tidy_files()
    assert "the disk is too full for more" in Feed.objects.get(pk="evidence").error


def test_a_file_that_would_fill_the_disk_waits(
    run: Run, evidence: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "room", lambda: 4_000)
    Artifact.objects.update(size=None)
    upstream(settings, lambda: [bytes(600), bytes(600)])
    Kept.objects.update(lease_until=None)
    keep_files()
    assert not Kept.objects.kept().exists()
    assert Kept.objects.filter(error__contains="too little free space").count() == 1
    assert Kept.objects.filter(tries__gt=0).count() == 0
    assert lies_in(evidence) == []


def test_a_store_that_fails_uses_up_no_tries(
    run: Run, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.files.storage.FileSystemStorage._save", full)
        Kept.objects.update(lease_until=None)
        keep_files()
    [row] = Kept.objects.exclude(error="")
    assert (row.state, row.tries) == (State.WAITING, 0)
    assert "No space left" in row.error
    keep_all()
    assert lies_in(evidence) == sorted(row.name for row in Kept.objects.kept())
