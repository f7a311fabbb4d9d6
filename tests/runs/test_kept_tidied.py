"""What is kept too long or is too much goes, and the store matches its rows in the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs.files import store
from runs.models import Kept, Run, place_at
from runs.tasks import keep_files, keeping, tidy_files
from runs.tasks.keeping import fetching, lease, retention, sweeping
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, keep_all, lies_in, one

pytestmark = pytest.mark.django_db
State = Kept.State


@pytest.fixture
def run(evidence: Path, play: Play) -> Run:
    made = play("Invoice download")
    keep_all()
    return made


def sweep_all() -> None:
    cursor: dict[str, Any] = {}
    for _ in range(0, sweeping.SHELVES, sweeping.AT_ONCE):
        sweeping.sweep(cursor)
    assert cursor["shelf"] == 0


def days_ago(number: int) -> int:
    return place_at(timezone.now() - timedelta(days=number))


def test_what_is_too_old_goes(run: Run, evidence: Path, settings: Settings) -> None:
    settings.EVIDENCE_DAYS = 30
    old = one(run)
    Kept.objects.filter(pk=old.pk).update(place=days_ago(31))
    tidy_files()
    old.refresh_from_db()
    assert (old.state, old.token, old.kept_at) == (State.LET_GO, None, None)
    assert lies_in(evidence) == sorted(row.name for row in Kept.objects.kept())
    assert Kept.objects.kept().count() == Kept.objects.count() - 1


def test_what_is_let_go_is_not_fetched_again(
    run: Run, settings: Settings, sandbox: Sandbox
) -> None:
    settings.EVIDENCE_DAYS = 30
    Kept.objects.update(place=days_ago(31))
    tidy_files()
    calls = len(asked_for(sandbox))
    settings.EVIDENCE_DAYS = 0
    tidy_files()
    keep_all()
    assert len(asked_for(sandbox)) == calls


def test_no_days_are_for_ever(run: Run, settings: Settings) -> None:
    settings.EVIDENCE_DAYS = 0
    Kept.objects.update(place=1)
    tidy_files()
    assert Kept.objects.kept().count() == Kept.objects.count()


def test_what_is_too_much_goes_oldest_runs_first(
    run: Run, evidence: Path, settings: Settings, play: Play
) -> None:
    play("Credential check")
    keep_all()
    oldest = list(Kept.objects.filter(run=run).order_by("place", "pk"))
    newer = Kept.objects.exclude(run=run).values_list("size", flat=True)
    settings.EVIDENCE_GB = (sum(size or 0 for size in newer) + (oldest[-1].size or 0)) / 1e9
    tidy_files()
    assert Kept.objects.bytes() <= retention.limit()
    assert Kept.objects.kept().exclude(run=run).count() == len(newer)
    assert lies_in(evidence) == sorted(row.name for row in Kept.objects.kept())


def test_a_new_file_takes_the_room_of_older_ones_and_of_no_newer_one(
    run: Run, settings: Settings, play: Play
) -> None:
    later = play("Credential check")
    settings.EVIDENCE_GB = Kept.objects.bytes() / 1e9
    keep_all()
    assert Kept.objects.kept().filter(run=later).exists()
    assert Kept.objects.filter(run=run, state=State.LET_GO).exists()
    assert Kept.objects.bytes() <= retention.limit()
    again = {"state": State.WAITING, "lease_until": None, "token": None, "size": None}
    Kept.objects.filter(run=run).update(**again)
    settings.EVIDENCE_GB = Kept.objects.bytes() / 1e9
    keep_all()
    assert {row.state for row in Kept.objects.filter(run=run)} == {State.LET_GO}
    assert Kept.objects.kept().filter(run=later).exists()


def test_one_that_is_larger_than_all_the_room_is_not_kept(
    evidence: Path, settings: Settings, play: Play
) -> None:
    settings.EVIDENCE_GB = 1e-9
    run = play("Invoice download")
    keep_all()
    assert {row.state for row in Kept.objects.filter(run=run)} == {State.LET_GO}
    assert lies_in(evidence) == []


def test_what_no_row_knows_is_deleted_and_nothing_that_is_not_ours(
    run: Run, evidence: Path
) -> None:
    orphan = evidence / "ab" / ("ab" + 30 * "0")
    foreign = [evidence / "ab" / "letter.txt", evidence / "mine" / ("ab" + 30 * "0")]
    foreign += [evidence / "photo.jpg", evidence / "ab" / ("cd" + 30 * "0")]
    for path in (orphan, *foreign):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    sweep_all()
    assert not orphan.exists()
    assert all(path.exists() for path in foreign)
    assert set(lies_in(evidence)) >= {row.name for row in Kept.objects.kept()}


def test_a_file_that_is_being_saved_is_no_orphan(run: Run, evidence: Path) -> None:
    row = one(run)
    Kept.objects.filter(pk=row.pk).update(
        state=State.WORKING, lease_until=timezone.now() + lease.LEASE
    )
    sweep_all()
    assert (evidence / row.name).exists()


def test_a_kept_file_that_is_lost_is_fetched_again(run: Run, evidence: Path) -> None:
    row = one(run)
    (evidence / row.name).unlink()
    sweep_all()
    row.refresh_from_db()
    assert (row.state, row.token) == (State.WAITING, None)
    keep_files()
    row.refresh_from_db()
    assert row.state == State.KEPT
    assert (evidence / row.name).exists()


def test_a_run_that_is_deleted_leaves_no_file_for_ever(run: Run, evidence: Path) -> None:
    run.delete()
    assert lies_in(evidence) != []
    sweep_all()
    assert lies_in(evidence) == []


def test_a_worker_that_was_too_slow_takes_its_own_copy_away(
    run: Run, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = one(run)
    retention.let_go(row, "")
    Kept.objects.filter(pk=row.pk).update(state=State.WAITING)
    slow = lease.claim()
    assert slow is not None
    save = store.store().save
    others: list[str] = []

    def saved_too_late(name: str, content: Any) -> str:
        monkeypatch.undo()
        Kept.objects.filter(pk=row.pk).update(lease_until=timezone.now() - lease.LEASE)
        keep_files()
        others.append(Kept.objects.get(pk=row.pk).name)
        return save(name, content)

    monkeypatch.setattr(store.store(), "save", saved_too_late)
    assert fetching.carry_out(slow)
    row.refresh_from_db()
    assert (row.state, [row.name]) == (State.KEPT, others)
    assert lies_in(evidence) == sorted(kept.name for kept in Kept.objects.kept())


def test_a_store_that_does_not_answer_is_told_in_the_health_of_the_mirror(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise OSError("no such disk")

    monkeypatch.setattr(sweeping, "sweep", broken)
    tidy_files()
    told = Feed.objects.get(pk="evidence")
    assert (told.error, told.failures) == (
        "The store of kept files cannot be used: no such disk",
        0,
    )


def test_the_administration_says_how_much_is_kept(run: Run, browse: Browse) -> None:
    Kept.objects.filter(pk=one(run, "har").pk).update(state=State.FAILED, error="too large")
    client, url = browse("superuser"), reverse("admin:runs_kept_changelist")
    page = client.get(url).content.decode()
    assert "of 20 GB in" in page
    assert "1 given up" in page
    assert "too large" in page
    assert client.get(f"{url}add/").status_code == 403
    chosen = {"action": "try_again", "_selected_action": [one(run, "har").pk]}
    client.post(url, chosen)
    assert one(run, "har").state == State.WAITING


def test_the_health_of_the_mirror_can_be_told_to_tidy_now(
    run: Run, browse: Browse, evidence: Path
) -> None:
    tidy_files()
    Kept.objects.update(place=1)
    chosen = {"action": "refresh_now", "_selected_action": ["evidence"]}
    browse("superuser").post(reverse("admin:dashboard_feed_changelist"), chosen)
    assert lies_in(evidence) == []


def test_slices_in_one_process_do_not_overlap(run: Run, sandbox: Sandbox) -> None:
    Kept.objects.update(state=State.WAITING, lease_until=None)
    calls = len(asked_for(sandbox))
    with keeping.SLICE.one() as is_free:
        assert is_free
        keep_files()
    assert len(asked_for(sandbox)) == calls
