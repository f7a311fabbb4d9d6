"""Whoever first sees a schedule paused or resumed notes it, once, with what was said of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from dashboard.audit import SYSTEM, Actor
from dashboard.connect import connect
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleRequest
from runs.mirror.writing import writing
from schedules import actions
from schedules.ledger import expecting
from schedules.models import Pause, PauseIntent, Schedule
from schedules.pausing import noting
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, by_name, page
from tests.schedules.pausing import NAME, open_pause, pause_url, paused, post


def test_the_refresh_makes_no_second_pause_of_it(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    mirror()
    expecting.look_ahead(timezone.now())
    assert open_pause(schedule).reason == "Why"
    actions.resume(schedule, actor=SYSTEM)
    actions.pause(schedule, reason="Again", actor=SYSTEM)
    mirror()
    expecting.look_ahead(timezone.now())
    assert [pause.reason for pause in schedule.pauses.all()] == ["Again", "Why"]
    assert len(paused()) == 2


def test_killed_after_skyvern_was_asked_the_refresh_finds_the_reason(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule, until = by_name(NAME), timezone.now() + timedelta(hours=1)
    PauseIntent.objects.create(schedule=schedule, reason="Why", resume_at=until, by="ada")
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    for _ in range(2):
        expecting.look_ahead(timezone.now())
    pause = open_pause(schedule)
    assert (pause.reason, pause.by, pause.resume_at) == ("Why", "ada", until)
    assert [actor for actor, _, _ in paused()] == ["ada"]
    assert not PauseIntent.objects.exists()


def test_an_answer_that_was_lost_keeps_the_reason_until_it_is_known(
    mirror: Mirror, sandbox: Sandbox, browse: Browse
) -> None:
    expecting.look_ahead(timezone.now())
    client, schedule = browse("team_admin"), by_name(NAME)
    sandbox.fault("cut", path="/disable")
    status, text = post(client, schedule)
    assert status == 422
    assert "its answer was lost" in text
    mirror()
    expecting.look_ahead(timezone.now())
    assert open_pause(schedule).reason == "The portal is down"
    assert [result for _, result, _ in paused()] == ["unknown", "ok"]


def test_a_reason_that_never_came_to_anything_is_not_taken_for_a_later_pause(
    mirror: Mirror, sandbox: Sandbox
) -> None:
    expecting.look_ahead(timezone.now())
    schedule, now = by_name(NAME), timezone.now()
    sandbox.fault("drop", path="/disable")
    with pytest.raises(errors.Unknown):
        actions.pause(schedule, reason="Why", actor=Actor(None, "ada"))
    noting.forget_stale(now)  # too early, and nothing was read since
    Feed.objects.update_or_create(pk="schedules", defaults={"succeeded_at": now})
    noting.forget_stale(now)
    assert PauseIntent.objects.count() == 1
    later = now + timedelta(minutes=4)
    Feed.objects.filter(pk="schedules").update(succeeded_at=later)
    for _ in range(2):
        noting.forget_stale(later)
    assert not PauseIntent.objects.exists()
    assert [(actor, result) for actor, result, _ in paused()] == [
        ("ada", "unknown"),
        ("ada", "rejected"),
    ]
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(later)
    assert (open_pause(schedule).by, open_pause(schedule).reason) == ("", "")


def test_a_pause_made_elsewhere_says_so(mirror: Mirror, browse: Browse) -> None:
    expecting.look_ahead(timezone.now())
    client, schedule = browse("team_admin"), by_name(NAME)
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    assert "outside Skydeck" in page(client, schedule.get_absolute_url())  # before the ledger
    expecting.look_ahead(timezone.now())
    for url in (LIST, schedule.get_absolute_url(), pause_url(schedule)):
        assert "outside Skydeck" in page(client, url)
    status, _ = post(client, schedule, seen=str(open_pause(schedule).pk), until="1h")
    assert status == 302
    pause = open_pause(schedule)
    assert (pause.by, pause.reason) == ("", "The portal is down")
    assert pause.resume_at is not None
    assert [actor for actor, _, _ in paused("changed the pause of")] == ["team_admin"]


def test_a_pause_is_noted_though_an_earlier_one_was_ended_elsewhere_and_nobody_knew(
    mirror: Mirror,
) -> None:
    expecting.look_ahead(timezone.now())
    schedule = by_name(NAME)
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(timezone.now())
    connect().enable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    actions.pause(by_name(NAME), reason="Mine", actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    assert [(one.reason, one.end is None) for one in schedule.pauses.all()] == [
        ("Mine", True),
        ("", False),
    ]


def test_deleting_it_ends_the_pause(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    actions.delete(schedule, actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    assert not Pause.objects.filter(schedule=schedule, end=None).exists()


def test_an_edit_that_pauses_says_who_did_it(mirror: Mirror) -> None:
    schedule = by_name(NAME)
    off = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=False)
    actions.update(schedule, off, actor=Actor(None, "ada"))
    assert open_pause(schedule).by == "ada"
    on = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=True)
    actions.update(by_id(schedule), on, actor=Actor(None, "ada"))
    assert not Pause.objects.filter(schedule=schedule, end=None).exists()


def test_one_that_is_made_paused_says_who_did_it(mirror: Mirror, browse: Browse) -> None:
    request = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=False)
    workflow = by_name(NAME).workflow
    made = actions.create(workflow, request, nonce=uuid4(), actor=Actor(None, "ada"))
    expecting.look_ahead(timezone.now())
    assert open_pause(made).by == "ada"
    text = page(browse("support"), made.get_absolute_url())
    assert "Paused by" in text
    assert "no reason was given" in text


def by_id(schedule: Schedule) -> Schedule:
    return Schedule.objects.get(pk=schedule.pk)


def test_two_who_pause_at_once_make_one_pause_and_both_are_in_the_log(mirror: Mirror) -> None:
    schedule = by_name(NAME)
    for name in ("ada", "bob"):
        PauseIntent.objects.create(schedule=schedule, reason=name, by=name)
    Schedule.objects.filter(pk=schedule.pk).update(enabled=False)
    for _ in range(3):
        with writing("ledger"):
            noting.begin(schedule, timezone.now())
    assert open_pause(schedule).by == "ada"
    assert [actor for actor, _, _ in paused()] == ["ada", "bob"]


def test_a_pause_that_is_ended_elsewhere_at_once_is_over(mirror: Mirror) -> None:
    """Both happen between two looks of the ledger, which finds the schedule as it was."""
    expecting.look_ahead(timezone.now())
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    connect().enable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(timezone.now())
    assert not Pause.objects.filter(schedule=schedule, end=None).exists()
    actions.resume(actions.pause(schedule, reason="Again", actor=SYSTEM), actor=SYSTEM)
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(timezone.now())
    assert open_pause(schedule).by == ""
