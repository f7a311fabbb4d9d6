"""The ledger as people see it: of one schedule and of all, by the day, and what was missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Feed
from runs.models import Run, Workflow
from schedules.ledger import book
from schedules.ledger.book.asked import Asked
from schedules.models import Fire, Gap, Schedule
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, SECOND, hourly, kept, started
from tests.schedules.pages import page

pytestmark = pytest.mark.django_db
LEDGER = "/schedules/fires/"
DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


def settled(schedule: Schedule, at: datetime, state: str = "on_time", **more: object) -> Fire:
    return Fire.objects.create(schedule=schedule, due_at=at, state=state, settled_at=at, **more)


def fires_url(schedule: Schedule, query: str = "") -> str:
    return f"{reverse('schedules:fire_list', args=[schedule.pk])}{query}"


def days_of(schedule: Schedule, now: datetime) -> dict[date, book.Day]:
    found = book.calendar(schedule, now)
    assert found
    return {day.day: day for _, days in found.rows for day in days}


def test_a_day_is_as_bad_as_its_worst_fire() -> None:
    schedule = hourly()
    settled(schedule, NOON, outcome="succeeded")
    settled(schedule, NOON + HOUR, outcome="failed")
    settled(schedule, NOON + 2 * HOUR, "missed", cause="busy")
    settled(schedule, NOON - DAY, outcome="setup")
    settled(schedule, NOON - 2 * DAY, "late", outcome="succeeded")
    settled(schedule, NOON - 3 * DAY, outcome="succeeded")
    days = days_of(schedule, NOON + 5 * HOUR)
    today = NOON.date()
    worst = [days[today - number * DAY].worst for number in range(5)]
    assert worst == ["missed", "failed", "late", "good", ""]
    assert days[today].words == "Mon 1 Jun: 3 fires, 1 missed, 1 failed, 1 on time"
    assert not days[today + DAY].is_told


def test_days_are_those_of_the_schedules_zone() -> None:
    schedule = hourly(timezone="Asia/Tokyo")
    settled(schedule, NOON + 4 * HOUR, "missed")  # 01:00 of the next day there
    days = days_of(schedule, NOON + 5 * HOUR)
    assert days[date(2026, 6, 2)].worst == "missed"
    assert days[date(2026, 6, 1)].worst == ""


def test_what_nobody_watched_is_a_gap_and_not_health() -> None:
    schedule = hourly()
    kept(NOON)
    settled(schedule, NOON + DAY + MINUTE)
    Gap.objects.create(begin=NOON + 10 * HOUR, end=NOON + 14 * HOUR, why="stopped")
    days = days_of(schedule, NOON + DAY + HOUR)
    assert days[date(2026, 6, 1)].unwatched == 2 * HOUR
    assert days[date(2026, 6, 2)].unwatched == 2 * HOUR
    assert "not watched for 2h 00m" in days[date(2026, 6, 1)].words


def test_a_gap_stands_between_the_fires_of_the_table(browse: Browse) -> None:
    schedule = hourly(timezone="Europe/Berlin")
    early, late = settled(schedule, NOON), settled(schedule, NOON + 6 * HOUR)
    gap = Gap.objects.create(
        begin=NOON + 2 * HOUR, end=NOON + 4 * HOUR + 30 * MINUTE, why="stopped"
    )
    Gap.objects.create(begin=NOON - 9 * HOUR, end=NOON - 8 * HOUR, why="stopped")
    client = browse("support")
    for url in (fires_url(schedule), LEDGER):
        text = page(client, url)
        places = [text.index(f'id="{one}"') for one in (f"fire-{late.pk}", f"gap-{gap.pk}")]
        assert places[0] < places[1] < text.index(f'id="fire-{early.pk}"')
        assert text.count('id="gap-') == 1
    assert "Skydeck was not running from Mon 1 Jun 16:00 to 18:30 (2h 30m)" in page(
        client, fires_url(schedule)
    )


def test_a_gap_stands_on_one_page_alone(browse: Browse) -> None:
    schedule = hourly()
    for hours in range(60):
        settled(schedule, NOON + hours * HOUR)
    edge = NOON + 10 * HOUR  # the last fire of the first page
    Gap.objects.create(begin=edge - 30 * MINUTE, end=edge + 30 * MINUTE, why="unreachable")
    client = browse("support")
    first = client.get(fires_url(schedule)).context["page"]
    assert first.fires[-1].due_at == edge
    second = client.get(fires_url(schedule), {"older": first.older}).context["page"]
    assert [sum(line.gap is not None for line in one.lines) for one in (first, second)] == [0, 1]


def test_a_day_of_the_calendar_leads_to_its_fires(browse: Browse) -> None:
    schedule = hourly(timezone="America/New_York")
    with time_machine.travel(NOON + 20 * HOUR):
        settled(schedule, NOON + 15 * HOUR, "missed")  # still the first there
        settled(schedule, NOON + 17 * HOUR)
        client = browse("support")
        assert f'href="{fires_url(schedule)}?day=2026-06-01"' in page(client, fires_url(schedule))
        text = page(client, fires_url(schedule, "?day=2026-06-01"))
    assert text.count('id="fire-') == 1
    assert "Missed" in text


def test_a_day_on_which_clocks_change_is_a_whole_one() -> None:
    schedule = hourly(timezone="America/New_York")
    first = datetime.fromisoformat("2026-11-01T04:00:00Z")
    for hours in range(-1, 26):
        settled(schedule, first + hours * HOUR)
    zone = ZoneInfo("America/New_York")
    found = book.page_of(Asked(day=date(2026, 11, 1)), zone, first + 3 * DAY, schedule=schedule)
    assert len(found.fires) == 25


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"late", "missed", "other"}),
        ("?state=missed", {"missed"}),
        ("?outcome=failed", {"late"}),
        ("?cause=busy", {"late", "missed"}),
        ("?cause=busy&state=missed", {"missed"}),
        ("?agent=wpid_2", {"other"}),
        ("?agent=wpid_2&state=missed", set()),
        ("?agent=nobody", set()),
        ("?day=2026-06-02", {"other"}),
        ("?state=nonsense&outcome=%00&cause=x&day=yesterday", {"late", "missed", "other"}),
    ],
)
def test_the_ledger_of_all_shows_what_is_asked_for(
    browse: Browse, query: str, found: set[str]
) -> None:
    one = hourly()
    other = hourly("wfs_2")
    Workflow.objects.create(pk="wpid_2", title="Invoices", seen_at=NOON)
    Schedule.objects.filter(pk=other.pk).update(workflow="wpid_2")
    made = {
        "late": settled(one, NOON, "late", outcome="failed", cause="busy", late_seconds=400),
        "missed": settled(one, NOON + HOUR, "missed", cause="busy"),
        "other": settled(other, NOON + DAY, outcome="succeeded"),
    }
    text = page(browse("support"), f"{LEDGER}{query}")
    assert {name for name, fire in made.items() if f'id="fire-{fire.pk}"' in text} == found
    if not found:
        assert "Clear the filters" in text


def test_pages_of_all_fires_follow_each_other_also_where_many_are_due_at_once(
    browse: Browse,
) -> None:
    many = [hourly(f"wfs_{number}") for number in range(30)]
    for hours in range(4):
        Fire.objects.bulk_create(
            Fire(schedule=one, due_at=NOON - hours * 40 * DAY, state="missed") for one in many
        )
    client = browse("support")
    for query in ({}, {"state": "missed"}, {"agent": "wpid_1"}):
        shown: list[int] = []
        older = ""
        while True:
            found = client.get(LEDGER, {**query, "older": older}).context["page"]
            shown += [fire.pk for fire in found.fires]
            if not (older := found.older):
                break
        assert len(shown) == len(set(shown)) == 120


def test_fires_that_are_still_to_come_are_in_no_ledger(browse: Browse) -> None:
    kept(NOON)
    hourly()
    kept(NOON)
    assert 'id="fire-' not in page(browse("support"), LEDGER)


def test_an_address_of_a_missed_fire_leads_to_a_page_that_begins_with_it(browse: Browse) -> None:
    schedule = hourly()
    fires = [settled(schedule, NOON + hours * HOUR, "missed") for hours in range(80)]
    found = browse("support").get(fires[9].get_absolute_url()).context["page"]
    assert found.fires[0] == fires[9]
    run_id = started(schedule, NOON + 90 * HOUR)
    ran = settled(schedule, NOON + 90 * HOUR, run=Run.objects.get(pk=run_id))
    assert ran.get_absolute_url() == reverse("runs:run_detail", args=[run_id])


def test_how_long_it_takes_stands_beside_how_often_it_fires(browse: Browse) -> None:
    schedule = hourly(cron="*/30 * * * *")
    for number in range(20):
        lasts = 40 * MINUTE if number % 4 == 0 else 5 * MINUTE
        started(schedule, NOON + number * HOUR, lasts=lasts)
    found = book.pace(schedule, NOON)
    assert found
    assert (found.p50, found.p95, found.gap) == (5 * MINUTE, 40 * MINUTE, 30 * MINUTE)
    assert found.is_too_slow
    settled(schedule, NOON)
    text = page(browse("support"), fires_url(schedule))
    assert "it fires every 30m 00s" in text
    assert "It takes longer than its interval" in text
    Schedule.objects.update(cron_expression="0 */2 * * *")
    assert "It takes longer" not in page(browse("superuser"), schedule.get_absolute_url())


def test_of_one_that_fires_once_there_is_no_interval() -> None:
    schedule = hourly(kind="once", run_at=NOON + HOUR)
    for number in range(3):
        started(schedule, NOON + number * HOUR, lasts=90 * SECOND)
    found = book.pace(schedule, NOON)
    assert found
    assert (found.gap, found.is_too_slow, found.share_percent) == (None, False, None)
    assert book.pace(hourly("wfs_new"), NOON) is None


def test_the_page_of_a_schedule_leads_to_all_its_runs(browse: Browse) -> None:
    schedule = hourly()
    started(schedule, NOON, fire=NOON)
    text = page(browse("support"), schedule.get_absolute_url())
    assert 'href="/runs/?schedule=wfs_1"' in text
    other = started(hourly("wfs_2"), NOON + MINUTE)
    assert other not in page(browse("superuser"), "/runs/?schedule=wfs_1")


def test_how_its_last_run_ended_stands_first(browse: Browse) -> None:
    schedule = hourly()
    run_id = started(schedule, NOON)
    settled(schedule, NOON, run=Run.objects.get(pk=run_id), outcome="setup")
    settled(schedule, NOON + HOUR, "missed")
    text = page(browse("support"), schedule.get_absolute_url())
    assert "Last result" in text
    assert '<span class="pill tone-failed">Failed in setup</span>' in text


def test_hostile_names_are_only_ever_text_here_too(browse: Browse) -> None:
    bad = '"><script>alert(1)</script>'
    schedule = hourly(name=bad, timezone=bad)
    Workflow.objects.update(title=bad)
    settled(schedule, NOON, "missed")
    client = browse("support")
    for url in (LEDGER, f"{LEDGER}?agent={bad}", fires_url(schedule), "/schedules/coming/"):
        assert b"<script>alert" not in client.get(url).content


def test_an_empty_ledger_says_what_will_be_there(browse: Browse) -> None:
    client = browse("support")
    assert "No fire has been due yet" in page(client, LEDGER)
    assert "Nothing was missed" in page(client, f"{LEDGER}?state=missed")
    assert "Clear the filters" in page(client, f"{LEDGER}?state=missed&cause=busy")


def test_where_schedules_are_off_the_ledger_says_so_and_stays(browse: Browse) -> None:
    fire = settled(hourly(), NOON, "missed")
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    client = browse("support")
    text = page(client, LEDGER)
    assert "Schedules are off on this server." in text
    assert f'id="fire-{fire.pk}"' in text
    coming = page(client, "/schedules/coming/")
    assert "Schedules are off on this server." in coming
    assert "Nothing is to come" in coming


def test_however_many_fires_a_page_asks_the_same(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, schedule = browse("support"), hourly()
    asked = []
    for begin in (0, 1000):
        for number in range(begin, begin + 45):
            run = started(schedule, NOON + number * HOUR)
            settled(schedule, NOON + number * HOUR, run=Run.objects.get(pk=run))
        for url in (LEDGER, fires_url(schedule)):
            client.get(url)
            with django_assert_max_num_queries(16):
                asked.append(client.get(url).status_code)
    assert asked == [200] * 4
