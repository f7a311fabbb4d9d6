"""One call budget for all processes: fair to bursts, bounded in waiting, safe from odd clocks."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries, Settings

from dashboard import limits
from dashboard.models import TokenBucket
from dashboard.skyvern.errors import Unavailable

RATE = 8.0
INTERVAL = 1 / RATE
NOON = "2026-01-01T12:00:00Z"


def granted(calls: int) -> int:
    """How many of so many calls in one instant may start."""
    return [limits._take("skyvern", INTERVAL) for _ in range(calls)].count(0.0)


@pytest.mark.django_db
def test_a_burst_may_start_at_once_and_the_next_call_waits_for_its_turn() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert granted(limits.BURST) == limits.BURST
        wait = limits._take("skyvern", INTERVAL)
        assert wait == pytest.approx(INTERVAL)
        clock.shift(wait)
        assert granted(2) == 1


@pytest.mark.django_db
def test_a_long_quiet_time_saves_up_no_more_than_a_burst() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        granted(limits.BURST)
        clock.shift(3600)
        assert granted(limits.BURST + 3) == limits.BURST


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [-3600.0, -1.0, 3600.0])
def test_a_clock_that_jumps_stops_nobody(jump: float) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        granted(limits.BURST)
        clock.shift(jump)
        assert limits._take("skyvern", INTERVAL) == 0.0
        assert 0 < granted(limits.BURST) < limits.BURST


@pytest.mark.django_db
def test_a_clock_that_jumps_forward_and_back_stops_nobody() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        clock.shift(86_400)
        granted(1)
        clock.shift(-86_400)
        assert granted(1) == 1


@pytest.mark.django_db
def test_a_turn_that_comes_too_late_is_refused_with_the_time_to_come_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SKYVERN_RATE = 1.0
    monkeypatch.setattr(limits, "MAX_WAIT", 0.05)
    for _ in range(limits.BURST):
        limits.acquire()
    with pytest.raises(Unavailable) as caught:
        limits.acquire()
    assert caught.value.retry_after == pytest.approx(1.0, abs=0.9)


@pytest.mark.django_db(transaction=True)
def test_nobody_sleeps_in_a_transaction(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SKYVERN_RATE = 4.0
    slept: list[bool] = []
    sleep = time.sleep

    def watched(seconds: float) -> None:
        slept.append(connection.in_atomic_block)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", watched)
    for _ in range(limits.BURST + 1):
        limits.acquire()
    assert slept
    assert not any(slept)


@pytest.mark.django_db
def test_a_turn_costs_one_update(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    limits.acquire()
    with django_assert_num_queries(3):  # in a savepoint, because a test is a transaction
        limits.acquire()


@pytest.mark.django_db
def test_a_rate_of_zero_means_no_limit(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SKYVERN_RATE = 0
    with django_assert_num_queries(0):
        limits.acquire()


@pytest.mark.django_db
def test_a_broken_database_lets_no_call_pass_and_says_so() -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("database is locked")

    with connection.execute_wrapper(broken), pytest.raises(Unavailable, match="database"):
        limits.acquire()
    limits.acquire()
    assert TokenBucket.objects.count() == 1


CONTENDER = """
import sys, time, django
django.setup()
from django.db import connection
from dashboard import limits
from dashboard.models import TokenBucket
if sys.argv[1] == "prepare":
    with connection.schema_editor() as editor:
        editor.create_model(TokenBucket)
    raise SystemExit
sys.stdin.readline()
for _ in range(30):
    limits.acquire()
    print(time.time(), flush=True)
"""


def test_processes_share_one_rate_and_lose_no_turn(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "SKYDECK_VAR": str(tmp_path),
        "SKYVERN_RATE": "40",
    }
    command = [sys.executable, "-c", CONTENDER]
    subprocess.run([*command, "prepare"], env=environment, check=True)
    contenders = [
        subprocess.Popen(
            [*command, "go"],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for contender in contenders:
        assert contender.stdin is not None
        contender.stdin.write("go\n")
        contender.stdin.flush()
    told = [contender.communicate(timeout=60)[0] for contender in contenders]
    turns = sorted(float(line) for lines in told for line in lines.splitlines())
    assert len(turns) == 90
    for first, last in zip(turns, turns[20:], strict=False):
        # 20 turns after this one: all but a burst of them had to wait for the rate.
        assert last - first > (20 - limits.BURST) / 40 * 0.8
