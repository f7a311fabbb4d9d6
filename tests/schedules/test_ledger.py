"""Each fire is settled once, and rightly: with its run, its lateness, or why there is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.models import Feed
from schedules.ledger import expecting, settling
from schedules.ledger.matching import Started, fire_by_id, matched, run_id_of
from schedules.ledger.pairing import Begun
from schedules.ledger.punctual import tie_punctual
from schedules.models import Fire, Gap, Horizon, Pause
from tests.schedules.ledgers import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    changed,
    hourly,
    kept,
    ledger,
    outcome,
    started,
)

pytestmark = pytest.mark.django_db
ONE, TWO = NOON + HOUR, NOON + 2 * HOUR


def test_a_run_id_is_derived_as_skyvern_derives_it() -> None:
    """A run of a real Skyvern 1.0.56, its schedule and its fire."""
    fire = datetime.fromisoformat("2026-11-21T17:40:00-05:00")
    derived = run_id_of("wfs_599651524434571042", fire)
    assert derived == "wr_sched_caf4b2de148d0d550294742549d2a5f8"


def test_fires_are_written_a_day_ahead_and_no_second_time() -> None:
    schedule = hourly()
    assert expecting.look_ahead(NOON) == 1
    fires = Fire.objects.filter(schedule=schedule)
    assert fires.count() == 32
    assert fires.earliest("due_at").due_at == ONE
    assert expecting.look_ahead(NOON) == 0
    assert expecting.look_ahead(NOON + 7 * HOUR) == 0
    assert fires.count() == 39


def test_a_run_in_time_is_on_time_and_its_end_is_noted() -> None:
    schedule = hourly()
    kept(NOON)
    run_id = started(schedule, ONE + 40 * SECOND, fire=ONE, status="running")
    kept(ONE + MINUTE)
    assert ledger(schedule) == [("13:00", "on_time", "")]
    assert outcome(run_id) == "live"
    started(
        schedule, ONE + 40 * SECOND, fire=ONE, status="failed", reason="Setup workflow failed: no"
    )
    kept(ONE + 3 * MINUTE)
    assert outcome(run_id) == "setup"
    fire = Fire.objects.get(run=run_id)
    assert (fire.late_seconds, fire.settled_at) == (40, ONE + MINUTE)


def test_without_a_run_it_is_missed_once_its_time_is_over() -> None:
    schedule = hourly()
    kept(NOON)
    kept(ONE + 4 * MINUTE)
    assert ledger(schedule) == []
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]


def test_nothing_is_missed_while_the_runs_are_not_read() -> None:
    """An outage of the API ends with all runs in the mirror, the late one, too."""
    schedule = hourly()
    kept(NOON)
    settling.settle(TWO, watched=ONE)
    assert ledger(schedule) == []
    started(schedule, ONE + 30 * SECOND, fire=ONE)
    kept(TWO + MINUTE)
    assert ledger(schedule) == [("13:00", "on_time", "")]


def test_a_long_run_makes_one_late_and_drops_those_between() -> None:
    """The server starts one at a time, and of what is due the newest alone."""
    long, schedule = hourly("wfs_long", cron="59 12 * * *"), hourly(cron="0,10,20 * * * *")
    kept(NOON)
    started(long, NOON + 59 * MINUTE, fire=NOON + 59 * MINUTE, lasts=24 * MINUTE)
    kept(ONE + 16 * MINUTE)
    assert ledger(schedule, until=ONE + 20 * MINUTE)[-2:] == [
        ("13:00", "missed", "busy"),
        ("13:10", "missed", "busy"),
    ]
    started(schedule, ONE + 24 * MINUTE, fire=ONE + 20 * MINUTE)
    kept(ONE + 25 * MINUTE)
    assert ledger(schedule)[-3:] == [
        ("13:00", "missed", "collapsed"),
        ("13:10", "missed", "collapsed"),
        ("13:20", "late", "busy"),
    ]


def test_what_was_missed_may_still_begin() -> None:
    """A server that was down starts the newest fire, however old it is."""
    schedule = hourly(cron="0 13 * * *")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", "unknown")]
    started(schedule, ONE + 9 * HOUR, fire=ONE)
    kept(ONE + 9 * HOUR + MINUTE)
    assert ledger(schedule) == [("13:00", "late", "unknown")]
    assert Fire.objects.get(state="late").late_seconds == 9 * 3600


@pytest.mark.parametrize(
    ("told", "cause"), [({"name": "another"}, "edited"), ({"enabled": False}, "paused")]
)
def test_a_change_drops_what_was_due(told: dict[str, object], cause: str) -> None:
    schedule = hourly()
    kept(NOON)
    changed(schedule, ONE + 20 * SECOND, **told)
    kept(ONE + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "missed", cause)]


def test_an_edit_expects_other_fires_from_then_on() -> None:
    schedule = hourly()
    kept(NOON)
    changed(schedule, ONE - MINUTE, cron_expression="30 * * * *")
    kept(ONE)
    due = Fire.objects.filter(schedule=schedule).order_by("due_at")
    assert due[0].due_at == ONE + 30 * MINUTE
    assert all(fire.due_at.minute == 30 for fire in due)


def test_what_falls_into_a_pause_is_skipped_and_after_it_all_is_expected() -> None:
    schedule = hourly()
    kept(NOON)
    changed(schedule, ONE - MINUTE, enabled=False)
    kept(ONE)
    changed(schedule, TWO + MINUTE, enabled=True)
    kept(TWO + 6 * MINUTE)
    assert ledger(schedule) == [("13:00", "skipped", "paused"), ("14:00", "skipped", "paused")]
    pause = Pause.objects.get()
    assert (pause.begin, pause.end) == (ONE - MINUTE, TWO + MINUTE)
    kept(TWO + HOUR + 6 * MINUTE)
    assert ledger(schedule)[-1] == ("15:00", "missed", "unknown")


def test_of_a_deleted_one_nothing_is_expected() -> None:
    schedule = hourly()
    kept(NOON)
    changed(schedule, ONE - MINUTE, deleted_at=ONE - MINUTE, is_active=False)
    kept(TWO)
    assert not Fire.objects.exists()
    kept(TWO + HOUR)
    assert not Fire.objects.exists()


def test_a_run_that_no_fire_expected_is_extra() -> None:
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE + 20 * SECOND)
    started(schedule, ONE + 9 * MINUTE)
    kept(ONE + 10 * MINUTE)
    assert ledger(schedule) == [("13:00", "on_time", ""), ("13:09", "extra", "unknown")]


def test_what_the_server_does_when_clocks_change_is_named() -> None:
    """A daily 09:00 of New York: on 14 March 2027 a real server fires at 04:00 as well."""
    midnight = datetime.fromisoformat("2027-03-14T05:00:00Z")
    schedule = hourly(cron="0 9 * * *", timezone="America/New_York", modified_at=midnight)
    kept(midnight)
    started(schedule, midnight + 3 * HOUR + 5 * SECOND)
    started(schedule, midnight + 8 * HOUR + 5 * SECOND)
    kept(midnight + 9 * HOUR)
    assert ledger(schedule) == [("08:00", "extra", "clocks"), ("13:00", "on_time", "")]


def test_if_nothing_fired_at_all_the_scheduler_is_silent() -> None:
    one, other = hourly("wfs_1"), hourly("wfs_2")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert ledger(one) == ledger(other) == [("13:00", "missed", "silent")]


def test_what_nobody_watched_is_said_to_be_a_gap() -> None:
    schedule = hourly()
    kept(NOON)
    kept(ONE + 30 * MINUTE, looked_at=NOON)
    assert ledger(schedule) == [("13:00", "missed", "unwatched")]
    gap = Gap.objects.get()
    assert (gap.why, gap.begin, gap.end) == ("stopped", NOON, ONE + 30 * MINUTE)


def test_runs_of_the_time_before_are_nobodys_business() -> None:
    schedule = hourly()
    started(schedule, NOON - 30 * MINUTE)
    kept(NOON)
    kept(NOON + MINUTE)
    assert not Fire.objects.exclude(state=Fire.State.DUE).exists()


def test_the_time_before_the_ledger_is_worked_out_since_the_last_change() -> None:
    schedule = hourly(modified_at=NOON - 2 * HOUR - MINUTE)
    started(schedule, NOON - 3 * HOUR + 5 * SECOND)
    started(schedule, NOON - HOUR + 5 * SECOND)
    kept(NOON + 6 * MINUTE)
    assert ledger(schedule) == [("11:00", "on_time", "")]  # the history is not read to its end yet
    Feed.objects.create(pk="history", cursor={"done": True})
    kept(NOON + 7 * MINUTE)
    assert ledger(schedule) == [
        ("10:00", "missed", "unknown"),
        ("11:00", "on_time", ""),
        ("12:00", "missed", "unknown"),
    ]
    assert Fire.objects.filter(is_backfilled=True).count() == 3
    assert Horizon.objects.get().since == NOON - 2 * HOUR - MINUTE


def test_of_a_quick_one_the_last_fires_are_worked_out() -> None:
    schedule = hourly(cron="*/5 * * * *", modified_at=NOON - timedelta(days=90))
    kept(NOON)
    found = Fire.objects.filter(is_backfilled=True)
    assert found.count() == expecting.MOST_BEFORE
    assert found.latest("due_at").due_at == NOON
    assert Horizon.objects.get(pk=schedule.pk).since == found.earliest("due_at").due_at


def test_settling_again_changes_nothing() -> None:
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE + 5 * SECOND, fire=ONE)
    kept(TWO + 6 * MINUTE)
    before = list(Fire.objects.order_by("pk").values())
    assert settling.settle(TWO + 7 * MINUTE, TWO + 7 * MINUTE).changed == 0
    assert list(Fire.objects.order_by("pk").values()) == before


def test_a_run_without_a_telling_id_belongs_to_the_last_fire_before_it() -> None:
    runs = [Started("wr_b", TWO + 3 * SECOND), Started("wr_a", ONE + 90 * SECOND)]
    found = dict(matched("wfs_1", [NOON, ONE, TWO], [NOON], runs))
    assert found == {runs[1]: ONE, runs[0]: TWO}


def test_a_telling_id_counts_more_than_the_time() -> None:
    late = Started(run_id_of("wfs_1", NOON), ONE + timedelta(seconds=1))
    assert dict(matched("wfs_1", [NOON, ONE], [], [late])) == {late: NOON}


@pytest.mark.parametrize(
    ("fire", "begun", "found"),
    [
        (ONE, ONE - 3 * SECOND, True),
        (ONE, ONE + 59 * SECOND, True),
        (ONE, ONE + 2 * MINUTE, True),
        (ONE, ONE + 2 * MINUTE + SECOND, False),
        (ONE - 30 * SECOND, ONE, False),
    ],
)
def test_a_telling_id_tells_its_fire_if_that_was_at_a_full_minute_before(
    fire: datetime, begun: datetime, found: bool
) -> None:
    run = Started(run_id_of("wfs_1", fire), begun)
    assert fire_by_id("wfs_1", run, 2 * MINUTE) == (fire if found else None)
    assert fire_by_id("wfs_2", run, 2 * MINUTE) is None


def test_a_fire_between_full_minutes_has_its_run_as_well() -> None:
    anchor = NOON + 30 * SECOND
    schedule = hourly(cron="", kind="interval", interval_seconds=3600, first_fire_at=anchor)
    kept(NOON)
    started(schedule, anchor + 5 * SECOND, fire=anchor)
    kept(NOON + MINUTE)
    fire = Fire.objects.get(run__isnull=False)
    assert (fire.due_at, fire.state, fire.late_seconds) == (anchor, "on_time", 5)


def test_a_run_that_is_tied_already_is_given_no_second_fire() -> None:
    """It was there before its schedule was known to fire then."""
    schedule = hourly(cron="30 * * * *")
    kept(NOON)
    run_id = started(schedule, ONE + 5 * SECOND, fire=ONE)
    kept(ONE + MINUTE)
    Fire.objects.create(schedule=schedule, due_at=ONE)
    run = Begun(run_id, schedule.pk, ONE + 5 * SECOND, "completed", "")
    assert not tie_punctual([run], ONE + MINUTE)
    assert Fire.objects.get(run=run_id).due_at == NOON + 30 * MINUTE
