"""The heavy part of runs: what is read of them, how often, and what a failing part keeps."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dashboard.connect import connect
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs import tasks
from runs.models import Run
from tests.runs.following import calls_of, follow, start

pytestmark = pytest.mark.django_db


def test_the_detail_has_outputs_timeline_and_files(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Invoice download")
    follow(sandbox, run_id, lambda run: run.is_final)
    tasks.refresh_details()
    run = Run.objects.get(pk=run_id)
    assert run.detail.outputs
    assert run.detail.timeline
    assert run.detail.error == ""
    assert {"recording"} <= set(run.artifacts.values_list("type", flat=True))
    assert "sig=" not in str(run.detail.outputs) + str(run.detail.timeline)


@pytest.mark.parametrize(
    ("title", "moments"),
    [
        ("Invoice download", [0, 5, 30]),  # which has all its logs by then
        ("Price feed", [0, 5, 30, 180]),
        ("Slow crawl", [0, 5, 30, 180]),
    ],
)
def test_an_ended_run_is_read_again_for_the_files_that_come_late(
    sandbox: Sandbox, title: str, moments: list[int], settings: Settings
) -> None:
    settings.SKYVERN_RATE = 0  # its budget of calls refills by the clock, which stands still here
    run_id = start(sandbox, title)
    tasks.refresh_newest()
    if title == "Slow crawl":
        connect().cancel(run_id)
    sandbox.advance(600)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False) as clock:
        tasks.refresh_live()
        read_at = []
        for second in range(200):
            clock.move_to(now + timedelta(seconds=second))
            # A schedule may have started another run meanwhile.
            if any(run_id in path for path in calls_of(sandbox, tasks.refresh_details)):
                read_at.append(second)
    assert read_at == moments
    assert not Run.objects.get(pk=run_id).detail_due


def test_a_run_that_ended_long_before_it_was_mirrored_is_read_once(
    sandbox: Sandbox, settings: Settings
) -> None:
    settings.SKYVERN_RATE = 0  # as above
    run_id = start(sandbox, "Price feed")
    sandbox.advance(600)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=False) as clock:
        tasks.refresh_newest()
        assert any(run_id in path for path in calls_of(sandbox, tasks.refresh_details))
        assert Run.objects.get(pk=run_id).detail.outputs
        assert not Run.objects.get(pk=run_id).detail_due
        clock.shift(timedelta(minutes=4))
        asked = calls_of(sandbox, tasks.refresh_details)
        assert not any(run_id in path for path in asked)


def test_a_watched_run_is_read_at_every_tick_and_others_are_not(sandbox: Sandbox) -> None:
    watched, other = start(sandbox, "Slow crawl"), start(sandbox, "Slow crawl")
    tasks.refresh_newest()
    Run.objects.filter(pk=watched).update(watched_at=timezone.now())
    for _ in range(2):
        asked = " ".join(calls_of(sandbox, tasks.refresh_details))
        assert watched in asked
        assert other not in asked


def test_reading_an_unchanged_live_run_again_moves_nothing(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Slow crawl")
    follow(sandbox, run_id, lambda run: run.status == "running")  # and so for a long time
    tasks.refresh_run(run_id)
    first = Run.objects.get(pk=run_id)
    tasks.refresh_run(run_id)
    again = Run.objects.get(pk=run_id)
    assert (again.changed_at, again.detail.fetched_at) == (
        first.changed_at,
        first.detail.fetched_at,
    )


def test_what_came_is_kept_when_one_part_of_a_detail_fails(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Price feed")
    follow(sandbox, run_id, lambda run: run.is_final)
    sandbox.fault("status", path="/timeline", code=500, times=None)
    tasks.refresh_details()
    run = Run.objects.get(pk=run_id)
    assert run.detail.outputs
    assert "500" in run.detail.error
    assert run.detail_due
    assert Feed.objects.get(pk="details").failures == 0


def test_one_run_that_cannot_be_read_does_not_keep_the_others_waiting(
    sandbox: Sandbox, settings: Settings
) -> None:
    settings.SKYVERN_RATE = 0  # as above
    broken, good = start(sandbox, "Price feed"), start(sandbox, "Price feed")
    sandbox.advance(600)
    # The attempts at the broken one take seconds, after which the good one is due once more.
    with time_machine.travel(datetime.now(UTC), tick=False):
        tasks.refresh_newest()
        sandbox.fault("status", path=broken, code=500, times=None)
        tasks.refresh_details()
        assert Run.objects.get(pk=good).detail.outputs
        assert "500" in Run.objects.get(pk=broken).detail.error
        assert calls_of(sandbox, tasks.refresh_details) == []


def test_an_older_server_has_no_rich_detail_and_the_plain_one_does(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Price feed")
    sandbox.advance(600)
    sandbox.fault("old_server", times=None)
    tasks.refresh_newest()
    tasks.refresh_details()
    detail = Run.objects.get(pk=run_id).detail
    assert (bool(detail.outputs), detail.error) == (True, "")
