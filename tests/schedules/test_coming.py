"""The fires of the coming day: all of them, each schedule's next as the server says it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Feed
from runs.models import Workflow
from schedules.coming import coming
from schedules.models import Schedule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 20, 30, tzinfo=UTC)


def schedule(name: str, **more: Any) -> Schedule:
    workflow, _ = Workflow.objects.get_or_create(wpid="wpid_1")
    fields = {"schedule_id": name, "name": name, "workflow": workflow} | more
    return Schedule.objects.create(**fields, seen_at=NOW, changed_at=NOW)


def fires() -> dict[str, list[str]]:
    return {one.schedule.name: [f"{at:%d %H:%M}" for at in one.fires] for one in coming(NOW)}


def test_every_fire_of_the_day_is_there_and_none_behind_it() -> None:
    told = NOW.replace(minute=30, second=0)
    schedule("daily", cron_expression="20 12 * * *", next_run_at=NOW.replace(day=25, minute=20))
    schedule("tomorrow", cron_expression="30 12 25 * *", next_run_at=NOW + timedelta(days=2))
    schedule("often", cron_expression="30 */6 * * *", next_run_at=told)
    schedule("quick", cron_expression="*/5 * * * *", next_run_at=NOW.replace(minute=25))
    schedule("paused", cron_expression="*/5 * * * *", is_active=False)
    found = fires()
    assert set(found) == {"often", "quick"}
    assert found["often"] == ["24 12:30", "24 18:30", "25 00:30", "25 06:30"]
    assert len(found["quick"]) == 288


def test_the_first_is_the_servers_and_the_others_follow_it() -> None:
    schedule("told", cron_expression="0 */8 * * *", next_run_at=NOW.replace(hour=13))
    assert fires() == {"told": ["24 13:20", "24 16:00", "25 00:00", "25 08:00"]}


def test_where_the_server_says_nothing_or_is_behind_we_reckon_ourselves() -> None:
    schedule("untold", cron_expression="25 12 * * *", timezone="UTC")
    schedule(
        "behind",
        cron_expression="0 9 * * *",
        timezone="America/New_York",
        next_run_at=NOW - timedelta(hours=2),
    )
    assert fires() == {"untold": ["24 12:25"], "behind": ["24 14:00"]}


def test_intervals_and_one_time_schedules_come_too() -> None:
    every = {"kind": "interval", "interval_seconds": 28_800}
    schedule("told", **every, next_run_at=NOW + timedelta(hours=1))
    schedule("begun", **every, first_fire_at=NOW - timedelta(hours=7))
    schedule("unsaid", **every)
    schedule("once", kind="once", run_at=NOW + timedelta(hours=2))
    assert fires() == {
        "told": ["24 13:20", "24 21:20", "25 05:20"],
        "begun": ["24 13:20", "24 21:20", "25 05:20"],
        "once": ["24 14:20"],
    }


def test_one_that_cannot_be_read_still_fires_when_the_server_says_so() -> None:
    schedule("odd", cron_expression="0 0 * * 1W", next_run_at=NOW + timedelta(hours=1))
    schedule("nowhere", cron_expression="0 * * * *", timezone="Mars/Olympus")
    assert fires() == {"odd": ["24 13:20"]}


def test_nothing_comes_where_schedules_are_switched_off() -> None:
    schedule("hourly", cron_expression="0 * * * *", next_run_at=NOW.replace(hour=13, minute=0))
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    assert fires() == {}


def test_hundreds_of_schedules_are_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(300):
        schedule(
            f"wfs_{number}",
            cron_expression=f"{number % 60} * * * *",
            next_run_at=NOW + timedelta(minutes=number % 60),
        )
    with django_assert_num_queries(1):
        found = coming(NOW)
        assert {str(one.schedule)[:4] for one in found} == {"wfs_"}
    assert len(found) == 300
    assert [one.fires[0] for one in found] == sorted(one.fires[0] for one in found)
