"""A pause that was to last until a time ends by itself: once, and again where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dashboard.audit import Actor
from dashboard.connect import connect
from dashboard.models import Activity, Feed
from dashboard.sandbox import Sandbox
from schedules import actions
from schedules.ledger import expecting
from schedules.models import Pause, Schedule
from schedules.pausing import waking
from schedules.tasks import end_pauses
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page

NAME = "Prices, every four hours"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock(mirror: Mirror, settings: Settings) -> Iterator[time_machine.Traveller]:
    settings.SKYVERN_RATE = 0  # a clock that stands still makes no room for another call
    with time_machine.travel(timezone.now(), tick=False) as found:
        yield found


@pytest.fixture
def paused(clock: time_machine.Traveller) -> Schedule:
    """For an hour, by ada."""
    schedule = by_name(NAME)
    until = timezone.now() + HOUR
    return actions.pause(schedule, reason="Why", resume_at=until, actor=Actor(None, "ada"))


def log(verb: str = "resumed") -> list[tuple[str, str]]:
    rows = Activity.objects.filter(verb=verb).order_by("pk")
    return [(row.actor_name, row.result) for row in rows]


def tick(clock: time_machine.Traveller, after: timedelta) -> None:
    clock.shift(after)
    end_pauses()


def the_pause() -> Pause:
    return Pause.objects.latest("begin")


def asked(sandbox: Sandbox) -> int:
    return sum(path.endswith("/enable") for _, path in sandbox.calls)


def test_it_ends_when_its_time_has_come_and_only_once(
    paused: Schedule,
    clock: time_machine.Traveller,
    upstream: Upstream,
    sandbox: Sandbox,
    browse: Browse,
) -> None:
    user = browse("team_admin").session["_auth_user_id"]
    Pause.objects.update(until_by=user)
    tick(clock, HOUR - MINUTE)
    assert not upstream(paused).enabled
    tick(clock, MINUTE)
    tick(clock, timedelta(seconds=5))
    assert upstream(paused).enabled
    assert asked(sandbox) == 1
    assert log() == [("skydeck for team_admin", "ok")]
    assert the_pause().end is not None
    row = Activity.objects.get(verb="resumed")
    assert str(row.actor_id) == user
    assert "By itself" in row.detail
    expecting.look_ahead(timezone.now())
    assert log() == [("skydeck for team_admin", "ok")]


def test_where_skyvern_is_away_it_waits_longer_each_time_and_says_so(
    paused: Schedule,
    clock: time_machine.Traveller,
    upstream: Upstream,
    sandbox: Sandbox,
    browse: Browse,
) -> None:
    sandbox.fault("status", code=503, path="/enable", times=None)
    clock.shift(HOUR)
    waits = []
    for _ in range(4):
        Feed.objects.all().update(due_at=None, failures=0)  # the circuit is another matter
        end_pauses()
        pause = the_pause()
        assert pause.try_at is not None
        waits.append(pause.try_at - timezone.now())
        clock.move_to(pause.try_at)
    assert waits == list(waking.WAITS[:4])
    assert [result for _, result in log()] == ["rejected"]
    client = browse("support")
    text = page(client, paused.get_absolute_url())
    assert "Skydeck tried, and it did not work" in text
    assert "The next try is" in text
    assert "Could not be resumed yet." in page(client, LIST)
    sandbox.heal()
    Feed.objects.all().update(due_at=None, failures=0)
    end_pauses()
    assert upstream(paused).enabled
    assert log()[-1] == ("skydeck for someone who is deleted", "ok")


def test_a_refusal_of_one_does_not_hold_up_another(
    paused: Schedule, clock: time_machine.Traveller, upstream: Upstream, sandbox: Sandbox
) -> None:
    other = by_name("Invoices on weekdays")
    until = timezone.now() + HOUR
    actions.pause(other, reason="Why", resume_at=until, actor=Actor(None, "ada"))
    sandbox.fault("status", code=400, path=f"{paused.pk}/enable", times=None)
    tick(clock, HOUR)
    assert upstream(other).enabled
    assert not upstream(paused).enabled
    assert Pause.objects.get(schedule=paused).error
    assert sorted(result for _, result in log()) == ["ok", "rejected"]


def test_an_answer_that_was_lost_is_no_second_resume(
    paused: Schedule, clock: time_machine.Traveller, sandbox: Sandbox, upstream: Upstream
) -> None:
    sandbox.fault("cut", path="/enable")
    tick(clock, HOUR)
    assert upstream(paused).enabled
    sandbox.fault("status", code=400, path=paused.pk)  # a read that fails tells nothing of it
    for _ in range(2):
        Feed.objects.all().update(due_at=None)
        tick(clock, HOUR)
    assert asked(sandbox) == 1
    assert [result for _, result in log()] == ["unknown", "ok"]
    assert the_pause().end is not None


def test_killed_after_skyvern_was_asked_the_refresh_notes_it(
    paused: Schedule, clock: time_machine.Traveller, mirror: Mirror, sandbox: Sandbox
) -> None:
    expecting.look_ahead(timezone.now())
    clock.shift(HOUR)
    Pause.objects.update(in_flight=True)
    connect().enable_schedule(paused.workflow_id, paused.pk)
    before = asked(sandbox)
    mirror()
    for _ in range(2):
        expecting.look_ahead(timezone.now())
        end_pauses()
    assert asked(sandbox) == before
    assert [result for _, result in log()] == ["ok"]


def test_one_that_was_resumed_outside_meanwhile_is_left_alone(
    paused: Schedule, clock: time_machine.Traveller, sandbox: Sandbox
) -> None:
    connect().enable_schedule(paused.workflow_id, paused.pk)
    before = asked(sandbox)
    tick(clock, HOUR)
    assert asked(sandbox) == before
    assert log() == []
    assert the_pause().end is not None
    assert not waking.due(timezone.now()).exists()


def test_one_that_was_deleted_meanwhile_is_left_alone(
    paused: Schedule, clock: time_machine.Traveller, sandbox: Sandbox
) -> None:
    connect().delete_schedule(paused.workflow_id, paused.pk)
    tick(clock, HOUR)
    paused.refresh_from_db()
    assert paused.deleted_at is not None
    assert asked(sandbox) == 0
    assert log() == []
    assert not waking.due(timezone.now()).exists()


@pytest.mark.parametrize("later", [timedelta(hours=2), None])
def test_another_end_counts_from_when_it_is_said(
    paused: Schedule, clock: time_machine.Traveller, upstream: Upstream, later: timedelta | None
) -> None:
    until = timezone.now() + later if later else None
    ada = Actor(None, "ada")
    assert actions.change_pause(the_pause(), reason="Why", resume_at=until, actor=ada)
    tick(clock, HOUR)
    assert not upstream(paused).enabled
    tick(clock, HOUR)
    assert upstream(paused).enabled is (later is not None)


def test_a_person_who_resumes_first_is_the_one_in_the_log(
    paused: Schedule, clock: time_machine.Traveller, sandbox: Sandbox
) -> None:
    actions.resume(paused, actor=Actor(None, "bob"))
    tick(clock, HOUR)
    assert asked(sandbox) == 1
    assert log() == [("bob", "ok")]
