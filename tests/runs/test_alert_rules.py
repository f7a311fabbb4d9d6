"""What rules ask for: which runs, what became of them, and once for each thing that happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from dashboard.models import Notification
from runs.alerts import gathering, raising
from runs.models import Alert, FailureGroup, Rule, Run, RunDetail, RunEnd
from runs.tasks import mark_stuck, raise_alerts
from tests.runs.alerting import Event, look, make
from tests.runs.failing import NOON, later, save, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False) as found:
        yield found


def good(number: int, **more: Any) -> Any:
    return told(number, None, status="completed", **more)


def test_a_run_that_ends_so_is_told_of_once(clock: time_machine.Traveller) -> None:
    make(Event.ENDED)
    save(told(1), good(2), told(3, status="terminated"))
    assert look(clock) == ["Agent: failed"]
    save(told(1, **later(30, 1)))
    assert look(clock) == ["Agent: failed"]
    assert not RunEnd.objects.exists()


def test_a_run_that_fails_again_at_its_next_attempt_is_told_of_again(
    clock: time_machine.Traveller,
) -> None:
    make(Event.ENDED)
    save(told(1))
    assert len(look(clock)) == 1
    save(told(1, status="running", attempt=2, finished_at=None, **later(60, 1)))
    save(told(1, attempt=2, **later(90, 1)))
    assert len(look(clock)) == 2


def test_a_run_that_is_about_to_be_retried_has_not_ended(clock: time_machine.Traveller) -> None:
    make(Event.ENDED)
    save(told(1, retry_pending=True))
    assert look(clock) == []


def test_only_the_runs_it_is_about_count(clock: time_machine.Traveller) -> None:
    save(told(0), told(1, "Other."))
    group = FailureGroup.objects.get(shape="other")
    make(Event.ENDED, workflow_id="wpid_1", name="agent")
    make(Event.ENDED, schedule_id="wfs_1", name="schedule")
    make(Event.ENDED, group=group, name="group")
    save(
        told(2, workflow_permanent_id="wpid_2"),
        told(3, workflow_schedule_id="wfs_1"),
        told(4, "Other."),
    )
    look(clock)
    found = sorted(Alert.objects.values_list("rule__name", "run"))
    assert found == [
        ("agent", "wr_3"),
        ("agent", "wr_4"),
        ("group", "wr_4"),
        ("schedule", "wr_3"),
    ]


def test_a_row_of_failures_is_told_of_once_until_a_run_is_well(
    clock: time_machine.Traveller,
) -> None:
    make(Event.STREAK, count=3)
    for number in range(5):
        save(told(number))
        found = look(clock)
        assert found == (["Agent failed 3 times in a row"] if number >= 2 else [])
    save(good(6), told(7), told(8))
    assert len(look(clock)) == 1
    save(told(9))
    assert len(look(clock)) == 2


def test_a_canceled_run_or_another_agents_neither_ends_nor_lengthens_a_row(
    clock: time_machine.Traveller,
) -> None:
    make(Event.STREAK, count=2)
    save(told(1), told(2, None, status="canceled"), told(3, workflow_permanent_id="wpid_2"))
    assert look(clock) == []
    save(told(4))
    assert look(clock) == ["Agent failed 2 times in a row"]


def test_recovery_is_told_of_when_a_run_is_well_after_so_many_failures(
    clock: time_machine.Traveller,
) -> None:
    make(Event.RECOVERED, count=2)
    save(good(0), told(1))
    save(good(2), told(3), told(4))
    assert look(clock) == []
    save(good(5), good(6))
    assert look(clock) == ["Agent works again after 2 failures"]


def test_a_run_that_takes_long_is_told_of_while_it_runs_and_not_again_at_its_end(
    clock: time_machine.Traveller,
) -> None:
    make(Event.SLOW, minutes=40)
    save(told(0, None, status="running", finished_at=None))
    assert look(clock) == []
    clock.shift(timedelta(minutes=11))
    assert look(clock) == ["Agent has been running for more than 40 min"]
    end = (NOON + timedelta(minutes=45)).isoformat()
    save(good(0, finished_at=end, modified_at=end))
    assert len(look(clock)) == 1


def test_a_run_that_took_long_between_two_looks_is_told_of_at_its_end(
    clock: time_machine.Traveller,
) -> None:
    make(Event.SLOW, minutes=10)
    end = (NOON + timedelta(minutes=15, seconds=7)).isoformat()
    save(good(0, finished_at=end, modified_at=end), good(1))
    assert look(clock) == ["Agent took 15m 07s, more than 10 min"]


def test_a_stuck_run_is_told_of_once(clock: time_machine.Traveller) -> None:
    make(Event.STUCK)
    save(told(0, None, status="running", finished_at=None))
    clock.shift(timedelta(hours=6))
    mark_stuck()
    assert look(clock) == ["A run of Agent is stuck"]
    assert len(look(clock)) == 1


def test_a_failure_is_told_of_when_it_is_new_and_when_it_is_back(
    clock: time_machine.Traveller,
) -> None:
    make(Event.FAILURE)
    save(told(1), told(2))
    assert look(clock) == ["Agent: a new failure"]
    FailureGroup.objects.update(state="resolved", state_at=NOON + timedelta(minutes=31))
    clock.shift(timedelta(minutes=5))
    save(told(35), told(36))
    assert look(clock) == ["Agent: a new failure", "Agent: a failure is back again"]


def test_a_failure_that_was_there_before_the_rule_is_not_new(clock: time_machine.Traveller) -> None:
    save(told(1))
    make(Event.FAILURE, since=NOON + timedelta(minutes=20))
    save(told(25))
    assert look(clock) == []


def test_the_past_is_not_told_of(clock: time_machine.Traveller) -> None:
    made = make(Event.ENDED)
    save(told(-3000))  # two days ago: a first walk through the history
    assert not RunEnd.objects.exists()
    Rule.objects.update(since=NOON + timedelta(hours=2))
    save(told(1))
    assert look(clock) == []
    Rule.objects.filter(pk=made.pk).update(enabled=False)
    save(told(2))
    assert not RunEnd.objects.exists()


def test_a_run_waits_until_it_was_read_whole_or_for_a_moment(clock: time_machine.Traveller) -> None:
    make(Event.ENDED)
    save(told(1))
    clock.shift(timedelta(seconds=3))
    raising.look()
    assert not Alert.objects.exists()
    run = Run.objects.get()
    RunDetail.objects.create(run=run, fetched_at=NOON + timedelta(minutes=31))
    raising.look()
    assert Alert.objects.count() == 1


def test_two_workers_tell_it_once(clock: time_machine.Traveller) -> None:
    make(Event.ENDED)
    save(told(1))
    clock.shift(raising.DETAIL_WAIT)
    for _ in range(3):
        raise_alerts()
    assert Notification.objects.count() == 1


def test_alerts_of_long_ago_are_forgotten(clock: time_machine.Traveller) -> None:
    make(Event.ENDED)
    save(told(1))
    look(clock)
    clock.shift(gathering.KEPT - timedelta(hours=1))
    gathering.forget()
    assert Alert.objects.count() == 1
    clock.shift(timedelta(hours=2))
    gathering.forget()
    assert not Alert.objects.exists()


def test_no_rule_costs_the_mirror_one_question(
    clock: time_machine.Traveller, django_assert_num_queries: Any
) -> None:
    Rule.objects.all().delete()
    save(told(1))
    with django_assert_num_queries(3):
        raise_alerts()
