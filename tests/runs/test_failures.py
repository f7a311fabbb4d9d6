"""Groups of failures, kept true while runs fail, change and are told of again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runs import failures
from runs.mirror import failures as kept
from runs.models import FailureDay, FailureGroup, Run
from tests.runs.conftest import Play
from tests.runs.failing import NOON, groups, later, save, told

pytestmark = pytest.mark.django_db

State = FailureGroup.State


def test_the_same_reason_of_one_agent_is_one_failure() -> None:
    save(told(3, "Order 12 was not found."), told(1, "Order 7 was not found."))
    save(told(2, "Order 99 was not found."), told(4, "The page was empty."))
    assert groups() == [("order <number> was not found", 3), ("the page was empty", 1)]
    group = FailureGroup.objects.get(runs=3)
    assert (group.first_at, group.last_at) == (
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=3),
    )
    assert (group.newest, group.reason) == ("wr_3", "Order 12 was not found.")
    assert group.state == State.NEW


def test_another_agents_failure_is_another_one() -> None:
    save(told(1), told(2, workflow_permanent_id="wpid_2"), told(3, workflow_permanent_id=None))
    assert groups() == [("it broke", 1)] * 3


def test_a_failure_without_a_reason_is_one_too() -> None:
    save(told(1, None), told(2, ""))
    assert groups() == [("", 2)]


def test_nothing_changes_when_the_same_is_told_again() -> None:
    save(told(1), told(2))
    save(told(1), told(2))
    save(told(1, **later(9, 1)))
    assert groups() == [("it broke", 2)]
    assert FailureDay.objects.get().runs == 2


def test_a_run_that_is_retried_by_itself_and_then_well_leaves_its_group() -> None:
    save(told(1), told(2))
    save(told(2, None, status="completed", attempt=2, **later(60, 2)))
    assert groups() == [("it broke", 1)]
    group = failures.listed().get()
    assert (group.newest, group.last_at) == ("wr_1", NOON + timedelta(minutes=1))
    save(told(1, None, status="completed", attempt=2, **later(60, 1)))
    assert groups() == []
    assert not FailureDay.objects.exists()


def test_a_reason_that_changes_takes_the_run_elsewhere() -> None:
    save(told(1))
    save(told(1, "Something else.", **later(60, 1)))
    assert groups() == [("something else", 1)]


def test_days_are_counted_by_utc() -> None:
    save(told(1), told(2), told(13 * 60))
    days = dict(FailureDay.objects.values_list("day", "runs"))
    assert days == {NOON.date(): 2, NOON.date() + timedelta(days=1): 1}


def test_what_was_resolved_is_back_when_it_happens_again() -> None:
    save(told(1))
    FailureGroup.objects.update(state=State.RESOLVED, state_at=NOON + timedelta(minutes=10))
    save(told(5))
    assert FailureGroup.objects.get().state == State.RESOLVED  # it was older than that
    save(told(11))
    assert FailureGroup.objects.get().state == State.BACK


def test_the_block_is_learnt_from_the_detail(play: Play) -> None:
    play("Credential check")
    play("Credential check")
    group = FailureGroup.objects.get()
    assert (group.block, group.runs) == ("sign_in", 2)


def test_a_run_that_failed_at_another_block_moves_out(play: Play) -> None:
    first, second = play("Credential check"), play("Credential check")
    detail = second.detail
    detail.timeline = renamed(detail.timeline, "sign_in", "sign_in_again")
    detail.save()
    second.refresh_from_db()
    kept.name_block(second)
    blocks = dict(failures.listed().values_list("block", "runs"))
    assert blocks == {"sign_in": 1, "sign_in_again": 1}
    first.refresh_from_db()
    assert first.failure_group_id != Run.objects.get(pk=second.pk).failure_group_id


def renamed(timeline: Any, old: str, new: str) -> Any:
    import json

    return json.loads(json.dumps(timeline).replace(f'"{old}"', f'"{new}"'))


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    rows = [told(n, f"Order {n} broke in {n % 3} of {'xyz'[n % 3]}.") for n in range(300)]
    save(*rows)
    at_once = groups()
    Run.objects.all().delete()
    FailureGroup.objects.all().delete()
    FailureDay.objects.all().delete()
    for row in rows:
        save(row)
    assert groups() == at_once
    assert [runs for _, runs in at_once] == [100, 100, 100]
