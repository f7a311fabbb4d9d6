"""Schedules as upstream has them: kinds, ends, deletions, and nothing backwards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard import feeds
from dashboard.connect import connect
from dashboard.models import Feed, Revision
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs.models import Workflow
from schedules import mirror
from schedules.models import Schedule
from schedules.tasks import refresh_schedules

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def told(**more: Any) -> schema.Schedule:
    return schema.read(
        schema.Schedule,
        {
            "workflow_schedule_id": "wfs_1",
            "workflow_permanent_id": "wpid_1",
            "workflow_title": "Invoice download",
            "cron_expression": "0 9 * * *",
            "timezone": "Europe/Berlin",
            "enabled": True,
            "next_run": "2026-11-24T08:00:00Z",
            "created_at": "2026-11-01T00:00:00",
            "modified_at": "2026-11-01T00:00:00",
            **more,
        },
    )


def save(*found: schema.Schedule, seen_at: datetime = T0) -> Schedule:
    mirror.save_schedules(found, seen_at=seen_at)
    return Schedule.objects.get(pk="wfs_1")


def test_a_schedule_arrives_with_its_next_fire_and_a_stub_of_its_agent() -> None:
    schedule = save(told())
    assert (schedule.kind, schedule.is_active) == ("cron", True)
    assert schedule.next_run_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert Workflow.objects.get(pk="wpid_1").title == "Invoice download"


def test_saving_the_same_list_again_writes_nothing() -> None:
    save(told())
    before = Revision.of("schedules")
    assert mirror.save_schedules([told()], seen_at=T0 + timedelta(seconds=30)) == set()
    assert Revision.of("schedules") == before


def test_the_next_fire_moves_without_a_modification() -> None:
    save(told())
    moved = save(told(next_run="2026-11-25T08:00:00Z"))
    assert moved.next_run_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_late_answer_never_overwrites_a_newer_one() -> None:
    save(told(enabled=False, modified_at="2026-11-02T00:00:00"))
    assert save(told()).enabled is False


def test_a_list_asked_for_before_the_deletion_does_not_bring_a_schedule_back() -> None:
    save(told())
    mirror.mark_deleted(["wfs_1"], T0)
    assert save(told(), seen_at=T0 - timedelta(seconds=1)).deleted_at == T0
    assert save(told(), seen_at=T0 + timedelta(seconds=1)).deleted_at is None


@pytest.mark.parametrize(
    ("dispatch_status", "is_active"),
    [("pending", True), ("fired", False), ("canceled", False), ("unheard of", False)],
)
def test_a_one_time_schedule_is_active_until_it_fired_or_was_canceled(
    dispatch_status: str, is_active: bool
) -> None:
    once = told(
        cron_expression=None, run_at="2026-11-24T08:00:00Z", dispatch_status=dispatch_status
    )
    schedule = save(once)
    assert (schedule.kind, schedule.enabled, schedule.is_active) == ("once", True, is_active)


def test_an_interval_is_one() -> None:
    schedule = save(told(cron_expression=None, interval_seconds=600))
    assert (schedule.kind, schedule.interval_seconds) == ("interval", 600)


def test_a_paused_schedule_has_no_next_fire() -> None:
    schedule = save(told(enabled=False))
    assert (schedule.is_active, schedule.next_run_at) == (False, None)


def test_one_saved_schedule_is_answered_as_a_row() -> None:
    schedule = mirror.save_schedule(told(next_run=None), next_run=T0, seen_at=T0)
    assert schedule.next_run_at == T0


def test_hostile_values_fit_their_columns() -> None:
    schedule = save(
        told(name="n\x00" * 600, cron_expression="*" * 400, parameters={"\x00": "\x00"})
    )
    assert (len(schedule.name), len(schedule.cron_expression)) == (500, 300)
    assert schedule.parameters == {"": ""}


def test_a_schedule_without_a_usable_id_is_left_out() -> None:
    assert mirror.save_schedules([told(workflow_schedule_id="x" * 200)], seen_at=T0) == set()


def test_the_refresh_brings_all_schedules_of_the_organisation(sandbox: Sandbox) -> None:
    refresh_schedules()
    assert Schedule.objects.present().count() == connect().schedules().total_count > 0


def test_a_schedule_deleted_upstream_is_marked(sandbox: Sandbox) -> None:
    refresh_schedules()
    first = Schedule.objects.present()[0]
    connect().delete_schedule(first.workflow_id, first.pk)
    refresh_schedules()
    first.refresh_from_db()
    assert first.deleted_at is not None
    assert (first.is_active, first.next_run_at) == (False, None)


def test_a_schedule_paused_elsewhere_is_paused_here(sandbox: Sandbox) -> None:
    refresh_schedules()
    first = Schedule.objects.active()[0]
    connect().disable_schedule(first.workflow_id, first.pk)
    refresh_schedules()
    first.refresh_from_db()
    assert (first.enabled, first.is_active) == (False, False)


def test_a_server_without_schedules_is_no_failure_but_said(sandbox: Sandbox) -> None:
    sandbox.fault("no_schedules", times=None)
    for _ in range(3):
        refresh_schedules()
    feed = Feed.objects.get(pk="schedules")
    assert (feed.failures, feed.error) == (0, "Schedules are off on this Skyvern server.")
    assert feeds.health().state == "never"
