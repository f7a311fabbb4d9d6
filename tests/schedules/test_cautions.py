"""What the preview warns of before a schedule is saved, and the week it draws."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from html import unescape
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from schedules.ledger import expecting
from schedules.models import Fire, Schedule
from schedules.outlook import crowd_of
from schedules.outlook.week import week
from schedules.timing import Timing
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, hourly, started

URL = "/schedules/preview/"


def preview(client: Client, **typed: str) -> str:
    answer = client.get(URL, {"kind": "cron", "timezone": "UTC", **typed})
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


# Crowds -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_fullest_minute_is_told_with_quieter_ones_near_it() -> None:
    for number in range(3):
        hourly(f"wfs_{number}")
    hourly("wfs_7", cron="7 * * * *")
    expecting.look_ahead(NOON)
    crowd = crowd_of(Timing("cron", "UTC", "0 13 * * *"), NOON)
    assert crowd is not None
    assert (crowd.at, crowd.others) == (NOON + HOUR, 3)
    assert crowd.quieter == [
        ("5 13 * * *", ":05, none"),
        ("10 13 * * *", ":10, none"),
        ("15 13 * * *", ":15, none"),
    ]
    assert crowd_of(Timing("cron", "UTC", "30 13 * * *"), NOON) is None


@pytest.mark.django_db
def test_a_schedule_is_no_crowd_with_itself_and_settled_fires_do_not_count() -> None:
    schedule = hourly()
    expecting.look_ahead(NOON)
    timing = Timing.of(schedule)
    assert crowd_of(timing, NOON, schedule.pk) is None
    assert crowd_of(timing, NOON) is not None
    Fire.objects.update(state=Fire.State.SKIPPED)
    assert crowd_of(timing, NOON) is None


@pytest.mark.django_db
def test_no_quieter_minute_is_offered_where_several_are_written() -> None:
    hourly()
    expecting.look_ahead(NOON)
    crowd = crowd_of(Timing("cron", "UTC", "*/30 * * * *"), NOON)
    assert crowd is not None
    assert (crowd.others, crowd.quieter) == (1, [])
    assert crowd_of(Timing("interval", "UTC", interval_seconds=1800), NOON) is not None


def test_a_crowd_is_said_with_buttons_that_set_the_minute(browse: Browse) -> None:
    hourly()
    client = browse("team_admin")
    with time_machine.travel(NOON, tick=False):
        expecting.look_ahead(NOON)
        text = preview(client, cron="0 9 * * *")
    assert "1 other schedule starts in the same minute, Tue 2 Jun 09:00;" in text
    assert 'name="pick-cron" value="5 9 * * *"' in text


def test_a_button_works_without_scripts_and_saves_nothing(browse: Browse) -> None:
    schedule = hourly()
    sent = {"agent": schedule.workflow_id, "kind": "cron", "cron": "0 9 * * *", "name": "kept"}
    sent |= {"by": "built", "rhythm": "daily", "at": "09:00", "timezone": "CET"}
    answer = browse("team_admin").post(
        "/schedules/new/", {**sent, "pick-timezone": "Europe/Paris", "pick-cron": "5 9 * * *"}
    )
    form = answer.context["form"]
    assert answer.status_code == 200
    assert (form["timezone"].value(), form["cron"].value()) == ("Europe/Paris", "5 9 * * *")
    assert (form["name"].value(), form["at"].value()) == ("kept", "09:05")
    assert Schedule.objects.count() == 1


# Runs that take longer --------------------------------------------------------------------------
def test_runs_that_take_longer_than_the_gap_are_warned_of(browse: Browse) -> None:
    schedule = hourly()
    for hours in range(20):
        started(schedule, NOON - hours * HOUR, lasts=42 * MINUTE)
    client, agent = browse("team_admin"), schedule.workflow_id
    told = preview(client, cron="*/30 * * * *", agent=agent)
    assert "takes up to 42m 00s (95 % of its last 20 completed runs)" in told
    assert "fires again after 30m 00s" in told
    assert "takes up to" not in preview(client, cron="0 * * * *", agent=agent)
    assert "takes up to" not in preview(client, cron="*/30 * * * *", agent="wpid_other")


# A fire that is due -----------------------------------------------------------------------------
def test_a_due_fire_is_dropped_by_an_edit_only_while_it_has_not_begun(browse: Browse) -> None:
    schedule = hourly()
    client = browse("team_admin")
    with time_machine.travel(NOON + HOUR + MINUTE, tick=False):
        fire = Fire.objects.create(schedule=schedule, due_at=NOON + HOUR)
        text = preview(client, cron="0 * * * *", schedule=schedule.pk)
        assert "Its fire of Mon 1 Jun 13:00 is due and has not begun." in text
        Fire.objects.filter(pk=fire.pk).update(state=Fire.State.ON_TIME)
        assert "is due" not in preview(client, cron="0 * * * *", schedule=schedule.pk)


# The week ---------------------------------------------------------------------------------------
def test_a_week_has_seven_days_by_the_clocks_of_the_zone() -> None:
    before_spring = datetime(2026, 3, 6, 12, tzinfo=UTC)
    days = week(Timing("cron", "America/New_York", "0 * * * *"), before_spring)
    assert [f"{day.day:%d}" for day in days] == [f"{day:02}" for day in range(6, 13)]
    assert [day.fires for day in days] == [16, 24, 23, 24, 24, 24, 24]
    assert days[0].words == "16 fires"


def test_fires_side_by_side_are_one_stroke() -> None:
    monday = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(seconds=1)
    full = week(Timing("cron", "UTC", "*/5 * * * *"), monday)[1]
    assert (full.path, full.fires) == ("M0 5h288", 288)
    assert week(Timing("cron", "UTC", "0 6 * * 2"), monday)[2].path == "M72 5h1.5"
    assert week(Timing("once", "UTC", run_at=None), monday)[0].path == ""


def test_the_preview_draws_the_week_and_says_it_in_words(browse: Browse) -> None:
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False):
        text = preview(browse("team_admin"), cron="0 9,15 * * 1-5")
    assert text.count('class="week-day"') == 7
    assert "Mon 1</span>" in text
    assert '2<span class="visually-hidden"> fires' in text
    assert "style=" not in text


@pytest.mark.parametrize("expression", ["*/5 * * * *", "0 0 * * *", "30 2 * * 0", "7 */3 L * *"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_the_week_holds_the_very_fires(expression: str, zone: str) -> None:
    timing, place = Timing("cron", zone, expression), ZoneInfo(zone)
    for number in range(40):
        now = datetime(2026, 1, 1, 9, 30, tzinfo=UTC) + number * timedelta(days=9)
        days = week(timing, now)
        end = datetime.combine(days[-1].day + timedelta(days=1), time(0), place)
        times = [at for at in islice(timing.times(now), 2100) if at < end]
        counted = Counter(at.astimezone(place).date() for at in times)
        assert {day.day: day.fires for day in days if day.fires} == counted


def test_a_week_without_a_fire_is_not_drawn(browse: Browse) -> None:
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False):
        text = preview(browse("team_admin"), cron="0 9 20 * *")
    assert "week-day" not in text
    assert "Sat 20 Jun 09:00" in text


def test_the_gap_is_told_from_row_to_row_in_real_time(browse: Browse) -> None:
    client = browse("team_admin")
    with time_machine.travel(datetime(2026, 3, 28, 7, 30, tzinfo=UTC), tick=False):
        text = preview(client, cron="0 9 * * 6,0", timezone="Europe/Berlin")
    gaps = [cell.split("<")[0] for cell in text.split('<span class="fire-gap">')[1:4]]
    # the clocks go forward that night, and the server fires at 03:00 as well
    assert gaps == ["in 30m", "after 18h", "after 5h"]
