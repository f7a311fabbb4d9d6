"""What keeps the ledger looks at what is new, and now and then at everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import pytest
import time_machine
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Feed
from schedules.ledger.settling import GRACE
from schedules.models import Fire
from schedules.tasks import RECENT, SEARCH, SWEEP, keep_ledger
from tests.schedules.ledgers import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    changed,
    hourly,
    ledger,
    read_at,
    started,
)

pytestmark = pytest.mark.django_db
ONE = NOON + HOUR


class Keep(Protocol):
    def __call__(self, now: datetime, read: datetime | None = None) -> None: ...


@pytest.fixture
def keep() -> Keep:
    """`keep(now, read)`: as the worker does, when the runs were read that had begun by then."""
    Feed.objects.create(pk="history", cursor={"done": True})

    def look(now: datetime, read: datetime | None = None) -> None:
        read_at(read or now)
        with time_machine.travel(now, tick=False):
            keep_ledger()

    return look


def test_a_look_with_nothing_to_do_takes_no_lock(
    keep: Keep, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    hourly()
    keep(NOON)
    read_at(NOON + 15 * SECOND)
    soon = time_machine.travel(NOON + 15 * SECOND, tick=False)
    with soon, django_assert_max_num_queries(12) as asked:
        keep_ledger()
    assert not [one for one in asked.captured_queries if "dashboard_revision" in one["sql"]]


@pytest.mark.parametrize("phase", range(0, 60, 6))
def test_a_fire_is_settled_within_90_seconds_after_its_grace(keep: Keep, phase: int) -> None:
    """However the looks lie to it, and though the last reading began ten seconds before."""
    schedule = hourly()
    over = ONE + GRACE
    for look in range(-2, 3):
        now = over + (look * settings.LEDGER_LOOK_SECONDS + phase) * SECOND
        keep(now, read=now - 10 * SECOND)
    settled = Fire.objects.get(schedule=schedule, due_at=ONE).settled_at
    assert settled is not None
    assert timedelta(0) < settled - over <= 90 * SECOND


def test_a_run_is_found_that_began_since_the_last_look(keep: Keep) -> None:
    schedule = hourly()
    keep(NOON)
    keep(ONE - 10 * SECOND)
    started(schedule, ONE + 3 * SECOND, fire=ONE)
    keep(ONE + 5 * SECOND)
    assert ledger(schedule) == [("13:00", "on_time", "")]


def test_a_run_that_was_mirrored_much_too_late_is_found_within_the_hour(keep: Keep) -> None:
    schedule = hourly(cron="0 13 * * *")
    for minute in range(0, 70, 2):
        keep(NOON + minute * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]
    started(schedule, ONE + 3 * SECOND, fire=ONE)
    keep(ONE + 12 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]
    keep(ONE + 12 * MINUTE + SWEEP)
    assert ledger(schedule) == [("13:00", "on_time", "")]


def test_one_that_was_mirrored_hours_too_late_is_found_by_the_next_search(keep: Keep) -> None:
    schedule = hourly(cron="0 13 * * *")
    for hours in range(6):
        keep(ONE + 2 * MINUTE + hours * HOUR)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]
    started(schedule, ONE + 3 * SECOND, fire=ONE)
    swept = ONE + 2 * MINUTE + 6 * HOUR
    assert swept - HOUR - RECENT > ONE
    keep(swept)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]
    keep(ONE + 2 * MINUTE + SEARCH)
    assert ledger(schedule) == [("13:00", "on_time", "")]


def test_a_schedule_that_is_seen_after_its_run_began_has_that(keep: Keep) -> None:
    hourly("wfs_other")
    for minute in range(0, 64, 2):
        keep(NOON + minute * MINUTE)
    late = hourly(modified_at=ONE - MINUTE, changed_at=ONE + 3 * MINUTE)
    started(late, ONE + 3 * SECOND, fire=ONE)
    keep(ONE + 20 * MINUTE)
    assert ledger(late) == [("13:00", "on_time", "")]


def test_a_change_is_seen_and_the_time_of_the_next_fire_is_none(keep: Keep) -> None:
    schedule = hourly()
    keep(NOON)
    noted = schedule.horizon.changed_at
    schedule.next_run_at, schedule.changed_at = ONE, NOON + MINUTE
    schedule.save()
    keep(NOON + MINUTE)
    schedule.horizon.refresh_from_db()
    assert schedule.horizon.changed_at == noted
    changed(schedule, NOON + 2 * MINUTE, cron_expression="30 * * * *")
    keep(NOON + 3 * MINUTE)
    due = Fire.objects.open().earliest("due_at").due_at
    assert due == NOON + timedelta(minutes=30)
