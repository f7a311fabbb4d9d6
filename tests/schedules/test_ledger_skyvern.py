"""On a real Skyvern each fire is settled once and rightly, whatever is done to the processes."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from schedules.ledger.matching import run_id_of
from tests.schedules.real_ledger import GRACE, LATE, MINUTE, Played, Row, played

__all__ = ["played"]
pytestmark = pytest.mark.skyvern
SETTLED = timedelta(seconds=GRACE + 90)


def only(found: list[Row]) -> Row:
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("on time", "succeeded"),
        ("fails", "failed"),
        ("fails in setup", "setup"),
        ("renamed just before", "succeeded"),
        ("each hour", "succeeded"),
        ("once", "succeeded"),
        ("long", "succeeded"),
    ],
)
def test_a_fire_in_time_has_its_run_and_how_that_ended(
    played: Played, name: str, outcome: str
) -> None:
    fire = only(played.ledger(name))
    assert (fire.state, fire.cause, fire.outcome) == ("on_time", "", outcome)
    assert fire.run_id == run_id_of(played.upstream.schedules[name], fire.due_at)


def test_after_an_edit_the_new_time_counts(played: Played) -> None:
    fire = only(played.ledger("moved just before"))
    assert (fire.due_at, fire.state) == (played.first + 2 * MINUTE, "on_time")


def test_a_pause_just_before_is_no_miss(played: Played) -> None:
    fire = only(played.ledger("paused just before"))
    assert (fire.state, fire.cause, fire.run_id) == ("skipped", "paused", None)
    assert fire.settled_at - fire.due_at <= SETTLED


def test_of_a_canceled_one_no_fire_is_left(played: Played) -> None:
    schedule = played.upstream.schedules["once, canceled"]
    fires = f"SELECT state FROM schedules_fire WHERE schedule_id = '{schedule}'"
    assert played.deck.query(fires) == []


def test_what_was_due_while_the_server_was_down_is_late_for_that(played: Played) -> None:
    fire = only(played.ledger("due while the server is down"))
    assert (fire.state, fire.cause, fire.outcome) == ("late", "unreachable", "succeeded")
    assert fire.late_seconds is not None
    assert fire.late_seconds > LATE
    due = f"'{fire.due_at:%Y-%m-%d %H:%M:%S}'"
    over_it = f'begin <= {due} AND ("end" IS NULL OR "end" > {due})'
    gaps = f"SELECT 1 FROM schedules_gap WHERE why = 'unreachable' AND {over_it}"
    assert played.deck.query(gaps)


def test_a_long_run_makes_others_late(played: Played) -> None:
    fire = only(played.ledger("waits for the long one"))
    assert (fire.state, fire.cause, fire.outcome) == ("late", "busy", "succeeded")


def test_of_two_that_wait_the_newest_runs_and_the_other_is_collapsed(played: Played) -> None:
    dropped, newest = played.ledger("twice while it waits")
    assert (dropped.state, dropped.cause, dropped.run_id) == ("missed", "collapsed", None)
    assert (newest.state, newest.outcome) == ("on_time", "succeeded")
    assert newest.due_at - dropped.due_at == MINUTE


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("renamed while it waits", "edited"),
        ("paused while it waits", "paused"),
        ("deleted while it waits", "edited"),
    ],
)
def test_a_change_drops_what_waits(played: Played, name: str, cause: str) -> None:
    fire = only(played.ledger(name))
    assert (fire.state, fire.cause, fire.run_id) == ("missed", cause, None)


def test_each_run_that_a_schedule_started_is_in_one_fire(played: Played) -> None:
    runs = [fire.run_id for name in played.upstream.schedules for fire in played.ledger(name)]
    told = [run_id for run_id in runs if run_id]
    assert sorted(told) == sorted(played.upstream.started())


def test_no_fire_is_settled_twice_by_workers_that_are_killed(played: Played) -> None:
    """What was missed may still begin; nothing else is written a second time."""
    noted = defaultdict(list)
    for fire, state in played.deck.query("SELECT fire, state FROM settled ORDER BY rowid"):
        noted[fire].append(state)
    assert len(noted) == sum(len(played.ledger(name)) for name in played.upstream.schedules)
    assert [
        states for states in noted.values() if states not in ([states[0]], ["missed", "late"])
    ] == []
