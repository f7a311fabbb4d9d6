"""Why a fire was late or has no run, told as far as the server's own rules let it be told."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dashboard.models import Feed
from schedules.ledger import watching
from schedules.ledger.slots import Slots, micros
from schedules.models import Fire, Gap, Schedule
from tests.schedules.ledgers import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    changed,
    hourly,
    kept,
    ledger,
    read_at,
    started,
)

pytestmark = pytest.mark.django_db
ONE, TWO = NOON + HOUR, NOON + 2 * HOUR


def once(name: str = "wfs_once", **told: object) -> Schedule:
    """For ONE, as Skyvern tells of it."""
    given = {"kind": "once", "run_at": ONE, "created_at": NOON, "dispatch_status": "pending"}
    return hourly(name, cron="", **(given | told))


# Who was in the way -------------------------------------------------------------------------------


def test_of_many_that_are_due_together_the_server_starts_one_a_minute() -> None:
    """Each is quick, but it starts one whenever it looks what is due."""
    queue = [hourly(f"wfs_{number}") for number in range(5)]
    kept(NOON)
    for number, schedule in enumerate(queue):
        started(schedule, ONE + 40 * SECOND + number * MINUTE, fire=ONE, lasts=2 * SECOND)
    kept(ONE + 5 * MINUTE)
    assert [ledger(schedule)[0][1:] for schedule in queue] == [
        ("on_time", ""),
        ("on_time", ""),
        ("late", "busy"),
        ("late", "busy"),
        ("late", "busy"),
    ]


def test_a_run_that_ended_soon_after_was_not_in_the_way() -> None:
    long, schedule = hourly("wfs_long", cron="50 12 * * *"), hourly()
    kept(NOON)
    started(long, ONE - 10 * MINUTE, fire=ONE - 10 * MINUTE, lasts=11 * MINUTE)
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]


def test_a_run_that_its_server_forgot_is_not_in_the_way_of_others() -> None:
    """Killed with the server: it goes on for ever, and yet later ones began."""
    dead, other, schedule = hourly("wfs_dead"), hourly("wfs_other", cron="30 13 * * *"), hourly()
    kept(NOON)
    started(dead, ONE + 5 * SECOND, fire=ONE, status="running")
    started(schedule, ONE + 65 * SECOND, fire=ONE)
    half = ONE + 30 * MINUTE
    kept(half + 6 * MINUTE)
    assert ledger(other) == [("13:30", "missed", "unknown")]


def test_what_a_later_fire_replaced_is_collapsed_though_its_time_was_not_over_yet() -> None:
    """The newest of two begins before the grace of the other has passed."""
    long, schedule = hourly("wfs_long", cron="59 12 * * *"), hourly(cron="0,5 13 * * *")
    kept(NOON)
    started(long, ONE - MINUTE, fire=ONE - MINUTE, lasts=6 * MINUTE)
    started(schedule, ONE + 5 * MINUTE + 2 * SECOND, fire=ONE + 5 * MINUTE)
    kept(ONE + 5 * MINUTE + 10 * SECOND)
    assert ledger(schedule)[-1] == ("13:05", "on_time", "")
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "collapsed"), ("13:05", "on_time", "")]


def test_a_slot_is_taken_until_the_server_looks_again_or_the_next_run_begins() -> None:
    runs = [(ONE, ONE + SECOND), (NOON, TWO), (ONE + 5 * MINUTE, ONE + 7 * MINUTE)]
    slots = Slots.of((micros(begin), micros(end)) for begin, end in runs)
    assert slots.were_taken(ONE - MINUTE, ONE)
    assert slots.were_taken(ONE, ONE + 2 * MINUTE)
    assert not slots.were_taken(ONE, ONE + 3 * MINUTE)
    assert slots.were_taken(ONE + 6 * MINUTE, ONE + 8 * MINUTE)
    assert not slots.were_taken(ONE + 8 * MINUTE, TWO)
    assert slots.began_since(ONE + 5 * MINUTE)
    assert not slots.began_since(ONE + 6 * MINUTE)
    assert not Slots.of([]).were_taken(NOON, ONE)


# What a one-time schedule does otherwise ----------------------------------------------------------


def test_a_one_time_schedule_is_changed_by_its_own_fire() -> None:
    """Skyvern notes on it that it fired; nobody edited it."""
    schedule = once()
    kept(NOON)
    changed(schedule, ONE + 4 * SECOND, dispatch_status="failed", is_active=False)
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]


def test_of_a_canceled_one_nothing_is_expected() -> None:
    schedule = once()
    kept(NOON)
    assert Fire.objects.open().count() == 1
    changed(schedule, ONE - MINUTE, dispatch_status="canceled", is_active=False)
    kept(ONE + 6 * MINUTE)
    assert not Fire.objects.exists()


def test_one_that_fired_before_the_ledger_began_is_no_extra_run() -> None:
    """Its last change is its fire, and so not what its fires count from."""
    schedule = once(modified_at=ONE + 3 * SECOND, dispatch_status="fired", is_active=False)
    started(schedule, ONE + 4 * SECOND, fire=ONE)
    kept(TWO)
    assert ledger(schedule) == [("13:00", "on_time", "")]
    assert Fire.objects.get().is_backfilled


# Deleted, and out of reach ------------------------------------------------------------------------


def test_a_run_of_one_that_was_deleted_at_once_is_that_of_its_fire() -> None:
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE + 3 * SECOND, fire=ONE)
    changed(schedule, ONE + 8 * SECOND, deleted_at=ONE + 8 * SECOND, is_active=False)
    kept(ONE + 15 * SECOND)
    assert ledger(schedule) == [("13:00", "on_time", "")]
    assert not Fire.objects.open().exists()


def test_one_that_was_deleted_before_its_run_began_was_changed() -> None:
    schedule = hourly()
    kept(NOON)
    changed(schedule, ONE + 8 * SECOND, deleted_at=ONE + 8 * SECOND)
    Schedule.objects.update(modified_at=NOON)  # upstream has no more to tell of it
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "edited")]


def test_a_short_outage_is_a_gap_if_the_api_failed() -> None:
    """A server that is started anew is away for less than a minute."""
    schedule = hourly()
    kept(NOON)
    read_at(ONE - 10 * SECOND, failures=2)
    looked = [ONE + 15 * SECOND * number for number in range(4)]
    for before, now in pairwise(looked):
        watching.watch(now, before)
    gap = Gap.objects.get()
    assert (gap.why, gap.begin, gap.end) == ("unreachable", ONE - 10 * SECOND, None)
    started(schedule, ONE + 3 * MINUTE, fire=ONE)
    Feed.objects.filter(pk="newest").update(failures=0)
    kept(ONE + 3 * MINUTE + 10 * SECOND, looked_at=ONE + 3 * MINUTE)
    assert ledger(schedule) == [("13:00", "late", "unreachable")]
    gap.refresh_from_db()
    assert gap.end == ONE + 3 * MINUTE + 10 * SECOND
