"""That nothing fires any more is said on every page, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Feed
from schedules.models import Fire
from schedules.silence import LOOKED_BACK, OLD, silence
from schedules.tasks import keep_ledger
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, changed, hourly, kept, started
from tests.schedules.pages import page

pytestmark = pytest.mark.django_db
SAID = "Nothing has fired although"
ONE, TWO = NOON + HOUR, NOON + 2 * HOUR


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(ONE + 6 * MINUTE, tick=False) as found:
        yield found


def looked(at: datetime) -> None:
    """As the ledger's task leaves it for the pages."""
    kept(at)
    keep_ledger()
    cache.clear()


def test_two_fires_without_a_run_are_said_to_everyone_who_sees_schedules(
    browse: Browse, clock: time_machine.Traveller
) -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    kept(NOON)
    support, nobody = browse("support"), browse("nobody")
    assert SAID not in page(support, "/runs/")
    looked(ONE + 6 * MINUTE)
    for url in ("/", "/runs/", "/schedules/", "/account/", "/pulse/"):
        text = page(support, url)
        assert "although 2 fires were due" in text
        assert "of 2 schedules" in text
        assert "/schedules/fires/?state=missed" in text
    for url in ("/account/", "/pulse/"):
        assert SAID not in page(nobody, url)
        assert 'id="silence"' in page(nobody, url)


def test_one_schedule_is_enough_if_it_fails_to_fire_twice() -> None:
    hourly()
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert silence(ONE + 6 * MINUTE) is None
    kept(TWO + 6 * MINUTE)
    found = silence(TWO + 6 * MINUTE)
    assert found
    assert (found.fires, found.schedules, found.since) == (2, 1, ONE)


def test_it_is_over_as_soon_as_one_fires(browse: Browse, clock: time_machine.Traveller) -> None:
    one, _ = hourly("wfs_1"), hourly("wfs_2")
    kept(NOON)
    looked(ONE + 6 * MINUTE)
    client = browse("support")
    assert SAID in page(client, "/pulse/")
    started(one, ONE + 7 * MINUTE, fire=ONE)
    clock.shift(2 * MINUTE)
    looked(ONE + 8 * MINUTE)
    assert SAID not in page(client, "/pulse/")
    assert SAID not in page(client, "/runs/")


def test_another_schedule_that_fires_shows_that_the_server_does() -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    healthy = hourly("wfs_3", cron="30 * * * *")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert silence(ONE + 6 * MINUTE)
    started(healthy, ONE + 30 * MINUTE, fire=ONE + 30 * MINUTE)
    assert silence(ONE + 31 * MINUTE) is None


@pytest.mark.parametrize("told", [{"enabled": False}, {"name": "another"}])
def test_what_was_paused_or_edited_is_no_silence(told: dict[str, object]) -> None:
    both = hourly("wfs_1"), hourly("wfs_2")
    kept(NOON)
    for schedule in both:
        changed(schedule, ONE + MINUTE, **told)
    kept(ONE + 6 * MINUTE)
    assert Fire.objects.filter(state="missed").count() == 2
    assert silence(ONE + 6 * MINUTE) is None


def test_while_nobody_watched_nobody_can_say() -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    kept(NOON)
    kept(TWO, looked_at=NOON)
    assert Fire.objects.filter(cause="unwatched").count() == 2
    assert silence(TWO) is None


def test_what_was_noted_long_ago_is_not_said_any_more(
    browse: Browse, clock: time_machine.Traveller
) -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    kept(NOON)
    looked(ONE + 6 * MINUTE)
    client = browse("support")
    clock.shift(OLD)
    assert SAID in page(client, "/pulse/")
    clock.shift(timedelta(seconds=1))
    assert SAID not in page(client, "/pulse/")


def test_a_server_whose_schedules_are_off_has_said_why() -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert silence(ONE + 6 * MINUTE)
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    assert silence(ONE + 6 * MINUTE) is None


def test_what_was_worked_out_afterwards_is_no_silence() -> None:
    schedule = hourly()
    Fire.objects.bulk_create(
        Fire(
            schedule=schedule,
            due_at=NOON - number * MINUTE,
            state="missed",
            cause="unknown",
            is_backfilled=True,
        )
        for number in range(5)
    )
    assert silence(NOON) is None


def test_old_silence_is_history() -> None:
    hourly("wfs_1")
    hourly("wfs_2")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    assert silence(ONE + LOOKED_BACK)
    assert silence(ONE + LOOKED_BACK + timedelta(seconds=1)) is None


def test_while_all_is_well_it_costs_one_question(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE, fire=ONE)
    kept(ONE + 6 * MINUTE)
    with django_assert_num_queries(1):
        assert silence(ONE + 6 * MINUTE) is None
