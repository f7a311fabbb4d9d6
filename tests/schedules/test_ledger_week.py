"""What is to come: reckoned by the hour, shown as a week, listed for the coming day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Feed, Revision
from runs.models import Tally, Workflow
from schedules import reckoning, week
from schedules.ledger import expecting
from schedules.models import Hour, Schedule
from schedules.tasks import reckon_hours
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, hourly
from tests.schedules.pages import page

pytestmark = pytest.mark.django_db
COMING = "/schedules/coming/"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + MINUTE, tick=False) as found:
        yield found


def takes(workflow: str, spent: timedelta) -> None:
    """So long a run of the agent takes on an average."""
    ms = spent // timedelta(milliseconds=1)
    Tally.objects.create(
        workflow_id=workflow,
        hour=NOON - HOUR,
        phase="completed",
        runs=2,
        timed=2,
        duration_ms=2 * ms,
    )


def hours() -> dict[datetime, Hour]:
    reckon_hours()
    return {hour.begin: hour for hour in Hour.objects.all()}


def test_each_hour_of_a_fortnight_is_counted() -> None:
    hourly(cron="*/15 * * * *")
    hourly("wfs_2", cron="30 13 * * *")
    hourly("wfs_off", enabled=False, is_active=False)
    hourly("wfs_gone", deleted_at=NOON, is_active=False)
    hourly("wfs_odd", cron="0 0 * * 1W")
    found = hours()
    assert len(found) == 14 * 24
    assert {hour.fires for hour in found.values()} == {4, 5}
    one = found[NOON + HOUR]
    assert (one.fires, one.at_once, one.busiest) == (5, 2, 30)
    assert one.first == [[0, "wfs_1"], [15, "wfs_1"], [30, "wfs_1"], [30, "wfs_2"], [45, "wfs_1"]]


def test_intervals_and_single_fires_are_counted_by_their_minute() -> None:
    first = NOON + 10 * MINUTE + timedelta(seconds=30)
    hourly(kind="interval", interval_seconds=7200, first_fire_at=first, cron="")
    hourly("wfs_unsaid", kind="interval", interval_seconds=7200, cron="")
    hourly("wfs_once", kind="once", run_at=NOON + 3 * HOUR, cron="")
    found = hours()
    assert found[NOON].first == [[10, "wfs_1"]]
    assert NOON + HOUR not in found
    assert found[NOON + 3 * HOUR].first == [[0, "wfs_once"]]


def test_fires_of_one_minute_wait_for_each_other_as_long_as_their_agents_take() -> None:
    takes("wpid_1", 20 * MINUTE)
    for number in range(3):
        hourly(f"wfs_{number}", cron="0 15 * * *")
    found = hours()
    at_three = found[NOON + 3 * HOUR]
    assert (at_three.at_once, at_three.wait, at_three.dropped) == (3, 40 * MINUTE, 0)
    assert week.worst(found.values())[0] == at_three


def test_what_comes_due_again_before_it_began_is_dropped() -> None:
    takes("wpid_1", 25 * MINUTE)
    hourly("wfs_a", cron="0 15 * * *")
    hourly("wfs_b", cron="0,10,20,30 15 * * *")
    found = hours()
    assert found[NOON + 3 * HOUR].dropped == 2  # of 15:10 and 15:20, as that of 15:00 still waits


def test_what_nobody_knows_the_time_of_takes_a_minute() -> None:
    for number in range(3):
        hourly(f"wfs_{number}", cron="0 15 * * *")
    assert hours()[NOON + 3 * HOUR].wait == 2 * MINUTE


def test_hours_are_reckoned_again_only_when_there_is_something_new(
    clock: time_machine.Traveller,
) -> None:
    schedule = hourly()
    hours()
    revision = Revision.of("hours")
    Schedule.objects.update(next_run_at=NOON + HOUR, changed_at=NOON + MINUTE)
    assert len(hours()) == 336
    assert Revision.of("hours") == revision
    Schedule.objects.filter(pk=schedule.pk).update(cron_expression="0 */2 * * *")
    assert len(hours()) == 168
    clock.shift(HOUR)
    assert min(hours()) == NOON + 2 * HOUR
    Schedule.objects.update(is_active=False)
    assert hours() == {}


def test_an_hour_lists_no_more_than_can_be_looked_at() -> None:
    workflow = Workflow.objects.create(pk="wpid_1", title="Price feed", seen_at=NOON)
    Schedule.objects.bulk_create(
        Schedule(
            schedule_id=f"wfs_{number:03}",
            workflow=workflow,
            cron_expression="0 15 * * *",
            seen_at=NOON,
            changed_at=NOON,
        )
        for number in range(Hour.LISTED + 30)
    )
    one = hours()[NOON + 3 * HOUR]
    assert (one.fires, len(one.first)) == (Hour.LISTED + 30, Hour.LISTED)


def test_where_schedules_are_off_nothing_is_to_come() -> None:
    hourly()
    assert len(hours()) == 336
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    assert hours() == {}


def test_the_week_is_of_the_viewers_days() -> None:
    hourly(cron="30 22 * * *")
    found = list(hours().values())
    shown = week.week(found, BERLIN, NOON, None)
    assert [day.name for day in shown][:2] == ["Mon 1", "Tue 2"]
    filled = [
        (day.name, clock) for day in shown for clock, cell in enumerate(day.cells) if cell.hour
    ]
    assert filled[0] == ("Tue 2", 0)  # 22:30 UTC
    assert len(filled) == 6
    assert shown[0].cells[3].begin is None  # is over
    assert shown[1].cells[0].words == "Tue 2 Jun 00:00: 1 fire"


def test_an_hour_that_the_clock_shows_twice_is_both() -> None:
    night = datetime(2026, 10, 25, tzinfo=UTC)  # in Berlin 03:00 is 02:00 again
    two = [
        Hour(
            begin=night + number * HOUR,
            fires=3 + number,
            at_once=1,
            busiest=0,
            wait_seconds=0,
            dropped=0,
            first=[],
        )
        for number in range(2)
    ]
    cell = week.week(two, BERLIN, night - HOUR, night)[0].cells[2]
    assert cell.hour
    assert (cell.hour.fires, cell.is_chosen) == (7, True)
    assert week.same_by_clock(night, BERLIN) == [night, night + HOUR]
    assert week.same_by_clock(night + HOUR, BERLIN) == [night + HOUR]


@pytest.mark.parametrize(("name", "shown"), [("Asia/Tokyo", "Asia/Tokyo"), ("Asia/Kolkata", "UTC")])
def test_where_hours_begin_within_one_of_utc_they_are_shown_by_utc(name: str, shown: str) -> None:
    assert week.shown_in(ZoneInfo(name), NOON).key == shown


def test_the_page_shows_the_week_and_lists_the_coming_day(browse: Browse) -> None:
    takes("wpid_1", 20 * MINUTE)
    for number in range(3):
        hourly(f"wfs_{number}", cron="0 15 * * *", name=f"Feed {number}")
    client = browse("support")
    assert "It is being reckoned for the first time" in page(client, COMING)
    expecting.look_ahead(NOON)
    reckon_hours()
    text = page(client, COMING)
    assert text.count("Mon 1 Jun 15:00: 3 fires, 3 in one minute, the last would wait 40m 00s") == 2
    assert "one scheduled run at a time" in text
    assert "Feed 2" in text
    assert "in 2 h" in text


def test_an_hour_of_the_week_leads_to_its_fires(browse: Browse) -> None:
    hourly(cron="10 15 * * *", name="Afternoon")
    hourly("wfs_2", cron="10 16 * * *", name="Later")
    reckon_hours()
    client = browse("support")
    text = page(client, f"{COMING}?hour=2026-06-05T15:00Z")
    assert "Afternoon" in text
    assert "Fri 5 Jun 15:10" in text
    assert "Later" not in text
    empty = page(client, f"{COMING}?hour=2026-06-05T14:00Z")
    assert "Nothing fires in this hour" in empty
    for nonsense in ("x", "2026-06-05T14:00", "9999-12-31T23:00Z", "0001-01-01T00:00+14:00"):
        assert client.get(COMING, {"hour": nonsense, "after": nonsense}).status_code == 200


def test_the_coming_day_has_pages_that_lose_none(browse: Browse) -> None:
    for number in range(9):
        hourly(f"wfs_{number}", cron="*/30 * * * *")
    expecting.look_ahead(NOON)
    client, after, seen = browse("support"), "", []
    while True:
        context = client.get(COMING, {"after": after}).context
        seen += [(one.at, one.schedule.pk) for group in context["groups"] for one in group.fires]
        if not (after := context["later"]):
            break
    assert len(seen) == len(set(seen)) == 9 * 48
    assert seen == sorted(seen)


def test_what_a_pause_will_have_skipped_is_not_to_come(browse: Browse) -> None:
    hourly(cron="30 13 * * *")
    hourly("wfs_off", name="Stopped", enabled=False, is_active=False, cron="45 13 * * *")
    expecting.look_ahead(NOON)
    groups = browse("support").get(COMING).context["groups"]
    assert [one.schedule.pk for group in groups for one in group.fires] == ["wfs_1"]


def test_the_head_of_an_hour_is_left_out_over_a_single_fire(browse: Browse) -> None:
    hourly(cron="30 13 * * *")
    hourly("wfs_2", cron="30,50 15 * * *")
    expecting.look_ahead(NOON)
    reckon_hours()
    text = page(browse("support"), COMING)
    assert "· 2 fires" in text
    assert "· 1 fire" not in text


def test_nothing_to_come_is_said(browse: Browse) -> None:
    reckon_hours()
    Feed.objects.create(name="newest", succeeded_at=timezone.now())
    text = page(browse("support"), COMING)
    assert "Nothing fires within 24 hours" in text


def test_hundreds_of_schedules_ask_no_more(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(120):
        hourly(f"wfs_{number}", cron=f"{number % 60} * * * *")
    expecting.look_ahead(NOON)
    reckon_hours()
    client = browse("support")
    client.get(COMING)
    with django_assert_max_num_queries(16):
        assert client.get(COMING).status_code == 200


def test_the_reckoning_may_be_done_by_two() -> None:
    hourly()
    with_lease = hours()
    Feed.objects.filter(pk="hours").update(cursor={})
    assert {begin: hour.fires for begin, hour in hours().items()} == {
        begin: hour.fires for begin, hour in with_lease.items()
    }
    assert len(with_lease) == reckoning.AHEAD // HOUR
