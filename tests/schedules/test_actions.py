"""Each verb calls upstream, mirrors the answer and is written down, refused ones too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from dashboard.audit import SYSTEM
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleRequest
from runs.models import Run
from schedules import actions
from schedules.models import Schedule, Submission
from tests.schedules.conftest import Agent, Mirror

DAILY = ScheduleRequest(timezone="UTC", cron_expression="0 9 * * *", name="Daily", enabled=True)


def by_name(name: str) -> Schedule:
    return Schedule.objects.get(name=name)


def last_activity() -> tuple[str, str]:
    row = Activity.objects.latest("id")
    return row.verb, row.result


def posts(sandbox: Sandbox) -> int:
    return sum(method == "POST" for method, _ in sandbox.calls)


def test_a_created_schedule_is_upstream_in_the_mirror_and_in_the_log(
    agent: Agent, upstream: Callable[[Schedule], Any]
) -> None:
    schedule = actions.create(agent("Price feed"), DAILY, nonce=uuid4(), actor=SYSTEM)
    assert upstream(schedule).cron_expression == "0 9 * * *"
    assert schedule.next_run_at is not None
    assert schedule.next_run_at > timezone.now()
    assert last_activity() == ("created", "ok")


def test_the_same_press_twice_makes_one_schedule(agent: Agent, sandbox: Sandbox) -> None:
    nonce = uuid4()
    first = actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM)
    before = posts(sandbox)
    assert actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM) == first
    assert posts(sandbox) == before
    assert Activity.objects.filter(verb="created").count() == 1


def test_a_second_press_while_the_first_is_under_way_posts_nothing(
    agent: Agent, sandbox: Sandbox
) -> None:
    nonce = uuid4()
    actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM)
    Submission.objects.update(schedule_id="")
    before = posts(sandbox)
    with pytest.raises(errors.Unknown, match="sent already"):
        actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM)
    assert posts(sandbox) == before


def test_other_values_under_a_used_nonce_are_never_taken_for_the_first(
    agent: Agent, sandbox: Sandbox
) -> None:
    nonce = uuid4()
    actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM)
    before = posts(sandbox)
    with pytest.raises(errors.Rejected, match="with other values"):
        actions.create(agent("Stock watch"), DAILY, nonce=nonce, actor=SYSTEM)
    assert posts(sandbox) == before


def test_after_a_refusal_the_same_form_can_be_sent_again(agent: Agent) -> None:
    nonce = uuid4()
    wrong = ScheduleRequest(timezone="Mars/Base", cron_expression="0 9 * * *")
    with pytest.raises(errors.Rejected):
        actions.create(agent("Price feed"), wrong, nonce=nonce, actor=SYSTEM)
    assert last_activity() == ("scheduled", "rejected")
    assert actions.create(agent("Price feed"), DAILY, nonce=nonce, actor=SYSTEM).name == "Daily"


def test_a_create_that_was_cut_off_is_not_known_and_not_repeated(
    agent: Agent, sandbox: Sandbox
) -> None:
    workflow, nonce = agent("Price feed"), uuid4()
    sandbox.fault("drop", path="/schedules")
    with pytest.raises(errors.Unknown):
        actions.create(workflow, DAILY, nonce=nonce, actor=SYSTEM)
    assert last_activity() == ("scheduled", "unknown")
    with pytest.raises(errors.Unknown):
        actions.create(workflow, DAILY, nonce=nonce, actor=SYSTEM)


def test_a_paused_schedule_is_paused_upstream_and_fires_no_more(
    mirror: Mirror, sandbox: Sandbox, upstream: Callable[[Schedule], Any]
) -> None:
    schedule = by_name("Prices, every four hours")
    paused = actions.pause(schedule, reason="Maintenance", actor=SYSTEM)
    assert not upstream(schedule).enabled
    assert (paused.enabled, paused.is_active, paused.next_run_at) == (False, False, None)
    sandbox.advance(24 * 3600)
    mirror()
    assert not Run.objects.filter(schedule_id=schedule.pk).exists()
    resumed = actions.resume(paused, actor=SYSTEM)
    assert upstream(schedule).enabled
    assert resumed.next_run_at is not None
    assert last_activity() == ("resumed", "ok")


def test_an_update_replaces_everything_that_is_sent(
    mirror: Mirror, upstream: Callable[[Schedule], Any]
) -> None:
    schedule = by_name("Invoices on weekdays")
    request = ScheduleRequest(
        timezone="UTC",
        cron_expression="0 7 * * *",
        enabled=False,
        parameters={"month": "2026-11"},
        name="Invoices, early",
    )
    changed = actions.update(schedule, request, actor=SYSTEM, seen_version=schedule.modified_at)
    theirs = upstream(schedule)
    assert (theirs.cron_expression, theirs.enabled) == ("0 7 * * *", False)
    assert theirs.parameters == changed.parameters == {"month": "2026-11"}
    assert last_activity() == ("changed", "ok")


def test_an_update_over_someone_elses_change_sends_nothing(
    mirror: Mirror, upstream: Callable[[Schedule], Any]
) -> None:
    schedule = by_name("Invoices on weekdays")
    connect().update_schedule(
        schedule.workflow_id,
        schedule.pk,
        ScheduleRequest(timezone="UTC", cron_expression="0 1 * * *", name="Theirs"),
    )
    with pytest.raises(actions.Conflict) as conflict:
        actions.update(schedule, DAILY, actor=SYSTEM, seen_version=schedule.modified_at)
    assert conflict.value.current.name == "Theirs"
    assert upstream(schedule).name == "Theirs"
    assert last_activity() == ("changed", "rejected")


def test_a_one_time_schedule_cannot_be_paused_but_canceled(
    mirror: Mirror, upstream: Callable[[Schedule], Any]
) -> None:
    schedule = by_name("Order for the trade fair")
    with pytest.raises(errors.Rejected, match="cannot be paused"):
        actions.pause(schedule, reason="Maintenance", actor=SYSTEM)
    assert last_activity() == ("paused", "rejected")
    canceled = actions.cancel(schedule, actor=SYSTEM)
    assert upstream(schedule).dispatch_status == canceled.dispatch_status != "pending"
    assert not canceled.is_active


def test_a_deleted_schedule_is_gone_upstream_and_kept_as_deleted(mirror: Mirror) -> None:
    schedule = by_name("Invoices on weekdays")
    actions.delete(schedule, actor=SYSTEM)
    with pytest.raises(errors.NotFound):
        connect().schedule(schedule.workflow_id, schedule.pk)
    schedule.refresh_from_db()
    assert schedule.deleted_at is not None
    assert not Schedule.objects.present().filter(pk=schedule.pk).exists()
    actions.delete(schedule, actor=SYSTEM)
    assert last_activity() == ("deleted", "ok")


def test_an_api_that_is_down_changes_nothing_here(mirror: Mirror, sandbox: Sandbox) -> None:
    schedule = by_name("Invoices on weekdays")
    sandbox.fault("status", code=503, path="/disable")
    with pytest.raises(errors.Unavailable):
        actions.pause(schedule, reason="Maintenance", actor=SYSTEM)
    schedule.refresh_from_db()
    assert schedule.enabled


def test_a_fired_schedule_has_its_runs(mirror: Mirror, sandbox: Sandbox) -> None:
    sandbox.advance(timedelta(hours=9).total_seconds())
    mirror()
    runs = list(by_name("Prices, every four hours").runs)
    assert len(runs) >= 2
    assert {run.trigger_type for run in runs} == {"scheduled"}
