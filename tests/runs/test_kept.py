"""Files of ended runs come into the store: each once, wholly, and within limits."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from dashboard import feeds, limits
from dashboard.connect import connect
from dashboard.models import Feed, TokenBucket
from dashboard.sandbox import Sandbox
from runs.models import Artifact, Kept, Run, RunDetail
from runs.tasks import keep_files, keeping, tidy_files
from runs.tasks.keeping import fetching, finding, lease
from tests.runs.conftest import Play
from tests.runs.keeping import asked_for, ended_long_ago, keep_all, lies_in, one

pytestmark = pytest.mark.django_db
State = Kept.State


@pytest.fixture
def run(evidence: Path, play: Play) -> Run:
    return play("Invoice download")


def fetched(artifact_id: str) -> bytes:
    with connect().artifact(artifact_id) as source:
        return b"".join(source.iter_bytes())


def test_what_a_run_left_behind_is_kept_as_it_is_upstream(run: Run, evidence: Path) -> None:
    keep_all()
    kept = Kept.objects.kept()
    wanted = run.artifacts.filter(type__in=finding.TYPES)
    assert {row.pk for row in kept} == {file.pk for file in wanted}
    assert {row.artifact.type for row in kept} >= {"recording", "har", "download"}
    assert lies_in(evidence) == sorted(row.name for row in kept)
    for row in kept:
        assert (evidence / row.name).read_bytes() == fetched(row.pk)
        assert (evidence / row.name).stat().st_size == row.size
        assert row.kept_at is not None
    assert one(run).content_type == "video/mp4"


def test_nothing_is_kept_where_no_store_is_set(play: Play, sandbox: Sandbox) -> None:
    run = play("Invoice download")
    keep_files()
    tidy_files()
    assert asked_for(sandbox) == []
    assert not Kept.objects.exists()
    assert not Feed.objects.filter(pk="evidence").exists()
    assert run.artifacts.all()[0].kept is None


@pytest.mark.usefixtures("evidence")
def test_only_failed_runs_are_kept_unless_all_are_wanted(play: Play, settings: Settings) -> None:
    settings.EVIDENCE_KEEP = "failed"
    play("Invoice download")
    failed = play("Credential check")
    assert {row.run_id for row in Kept.objects.all()} == {failed.pk}


@pytest.mark.usefixtures("evidence")
def test_a_live_run_is_not_kept_yet(play: Play) -> None:
    play("Slow crawl", seconds=5)
    assert not Kept.objects.exists()


def test_files_are_taken_only_once_they_are_written(run: Run, sandbox: Sandbox) -> None:
    keep_files()
    assert asked_for(sandbox) == []
    assert one(run).lease_until is not None


def test_nothing_is_fetched_twice(run: Run, sandbox: Sandbox) -> None:
    keep_all()
    finding.enrol([run.pk])
    tidy_files()
    keep_files()
    asked = asked_for(sandbox)
    assert len(asked) == len(set(asked)) == Kept.objects.kept().count()


def test_a_store_that_is_younger_than_the_runs_gets_their_files_too(
    evidence: Path, settings: Settings, play: Play
) -> None:
    settings.EVIDENCE_STORE = ""
    run = play("Invoice download")
    assert not Kept.objects.exists()
    settings.EVIDENCE_STORE = str(evidence)
    tidy_files()
    keep_all()
    assert one(run).state == State.KEPT
    assert "0 files; " in Feed.objects.get(pk="evidence").error


def test_the_search_goes_through_the_history_in_portions(
    run: Run, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("Credential check")
    everything = Kept.objects.count()
    Kept.objects.all().delete()
    monkeypatch.setattr(finding, "RUNS_AT_ONCE", 1)
    monkeypatch.setattr(finding, "FILES_AT_ONCE", 3)
    cursor: dict[str, Any] = {}
    for _ in range(100):
        finding.catch_up(cursor)
        if cursor.get("finished"):
            break
    assert Kept.objects.count() == everything
    assert cursor["before"] is None
    Kept.objects.all().delete()
    finding.catch_up(cursor)  # it rests
    assert not Kept.objects.exists()


def test_refreshes_go_first(run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Kept.objects.update(lease_until=None)
    settings.SKYVERN_RATE = 10.0
    monkeypatch.setattr(keeping, "MOST_SECONDS", 0.3)
    TokenBucket.objects.update_or_create(name="skyvern", defaults={"next_at": time.time() + 0.25})
    assert limits.is_quiet()
    monkeypatch.setattr(limits, "is_quiet", lambda: False)
    keep_files()
    assert Kept.objects.kept().count() == 1


def test_a_busy_api_is_no_quiet_one(settings: Settings) -> None:
    settings.SKYVERN_RATE = 1.0
    assert limits.is_quiet()
    TokenBucket.objects.update_or_create(name="skyvern", defaults={"next_at": time.time() + 3})
    assert not limits.is_quiet()
    TokenBucket.objects.update(next_at=time.time() + 1000)  # of a clock that was set back since
    assert limits.is_quiet()
    settings.SKYVERN_RATE = 0
    assert limits.is_quiet()


def test_while_the_api_is_down_nothing_is_tried(run: Run, sandbox: Sandbox) -> None:
    Kept.objects.update(lease_until=None)
    Feed.objects.update_or_create(name=feeds.API, defaults={"failures": 5})
    keep_files()
    assert asked_for(sandbox) == []


def test_a_failure_is_tried_again_later_and_one_day_given_up(run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("status", code=500, path="/content", times=None)
    row = one(run)
    Kept.objects.exclude(pk=row.pk).delete()
    for tries in range(1, fetching.MOST_TRIES):
        Kept.objects.update(lease_until=None)
        keep_files()
        row.refresh_from_db()
        assert (row.state, row.tries) == (State.WAITING, tries)
        assert row.lease_until is not None
        assert row.lease_until > timezone.now() + fetching.PAUSE / 2
    Kept.objects.update(lease_until=None)
    keep_files()
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "Given up after 8 tries" in row.error


def test_one_that_fails_in_a_slice_ends_it(run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("status", code=503, path="/content", times=None)
    Kept.objects.update(lease_until=None)
    keep_files()
    assert len(set(asked_for(sandbox))) == 1


def test_what_is_not_there_yet_is_looked_for_again_and_later_it_is_gone(
    run: Run, sandbox: Sandbox
) -> None:
    sandbox.fault("expired", times=None)
    Kept.objects.update(lease_until=None)
    keep_files()
    assert one(run).state == State.WAITING
    ended_long_ago(run)
    keep_all()
    assert {row.state for row in Kept.objects.all()} == {State.GONE}


def test_an_archived_file_is_not_asked_for(run: Run, sandbox: Sandbox) -> None:
    Artifact.objects.update(archived=True)
    keep_all()
    assert asked_for(sandbox) == []
    assert one(run).state == State.GONE


def test_a_slice_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_FILES", 2)
    Kept.objects.update(lease_until=None)
    keep_files()
    assert Kept.objects.kept().count() == 2


def test_no_more_than_two_are_at_work(run: Run) -> None:
    until = timezone.now() + timedelta(minutes=5)
    Kept.objects.update(lease_until=None)
    busy = list(Kept.objects.values_list("pk", flat=True)[: lease.MOST_AT_WORK])
    Kept.objects.filter(pk__in=busy).update(state=State.WORKING, lease_until=until)
    keep_files()
    assert not Kept.objects.kept().exists()


def test_enrolling_costs_two_queries(run: Run, django_assert_num_queries: Any) -> None:
    assert RunDetail.objects.filter(pk=run.pk).exists()
    with django_assert_num_queries(1):
        finding.enrol([run.pk])
    Kept.objects.all().delete()
    with django_assert_num_queries(2):
        finding.enrol([run.pk])
