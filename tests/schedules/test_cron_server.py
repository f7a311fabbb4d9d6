"""What the server will do: its formula asked at every minute, and the words for where it strays."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import CroniterBadDateError, croniter

from schedules import cron
from tests.schedules.crons import MINUTE, NOW, changing, expression

NEW_YORK = cron.load_zone("America/New_York")
SECOND = timedelta(seconds=1)
YEAR = timedelta(days=365)


def polled(pattern: cron.Cron, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """The runs of a scheduler that asks each minute for the last fire, and starts each once."""
    clock = croniter(str(pattern), (after + SECOND).astimezone(zone))
    done = clock.get_prev(datetime).astimezone(UTC)
    ran, ran_at = {done}, min(done, after)
    found, at = [], after + MINUTE
    while at < until:
        now = (at + SECOND).astimezone(zone)
        due = clock.get_prev(datetime, start_time=now).astimezone(UTC)
        if ran_at < due and due not in ran:
            found.append(at)
            ran.add(due)
            ran_at = now
        at += MINUTE
    return found


def test_it_is_what_a_scheduler_that_asks_each_minute_does() -> None:
    chance, strays = random.Random(13), 0
    for minutes in chance.sample(changing(), 80):
        pattern = cron.parse(expression(chance, hours=minutes.hours))
        until = minutes.change.at + timedelta(hours=chance.choice([3, 14, 26]))
        try:
            expected = polled(pattern, minutes.zone, minutes.begin, until)
        except CroniterBadDateError:
            expected = []
        found = cron.server_fires(pattern, minutes.zone, minutes.begin, len(expected) + 1)
        assert [at for at in found if at < until] == expected, (str(pattern), minutes)
        meant = cron.fires(pattern, minutes.zone, minutes.begin, len(expected) + 1)
        strays += expected != [fire.at for fire in meant if fire.at < until]
    assert strays > 10


@pytest.mark.parametrize(
    ("expression", "zone", "sentences"),
    [
        ("0 9 * * *", "America/New_York", ["14 March: the server will also fire at 04:00."]),
        ("0 0 * * *", "America/New_York", ["14 March: the server will also fire at 12:00."]),
        ("30 1 * * *", "Europe/Berlin", ["28 March: the server will also fire at 12:30."]),
        ("30 2 * * *", "Europe/Berlin", []),
        ("0 0 1 * *", "America/New_York", ["14 March: the server will also fire at 03:00."]),
        ("0 * * * *", "Europe/London", ["31 October: the server will not fire at 01:00 again."]),
        ("0 0 29 2 *", "America/New_York", []),
        ("0 0 28 2 *", "America/New_York", ["14 March: the server will also fire at 03:00."]),
        (
            "*/5 * * * *",
            "Europe/London",
            ["31 October: the server will not fire 12 times from 01:00 to 01:55 again."],
        ),
        ("*/5 * * * *", "UTC", []),
        ("0 9 * * *", "Asia/Kolkata", []),
    ],
)
def test_where_the_server_strays_is_said_in_words(
    expression: str, zone: str, sentences: list[str]
) -> None:
    found = cron.differences(cron.parse(expression), cron.load_zone(zone), NOW, NOW + YEAR)
    assert [one.words(2027) for one in found] == sentences


def test_the_year_is_said_where_it_is_another_one_and_the_times_of_twelve_hours() -> None:
    found = next(cron.differences(cron.parse("0 9 * * *"), NEW_YORK, NOW, NOW + YEAR))
    assert found.words(2026, 12) == "14 March 2027: the server will also fire at 04:00 AM."


def test_only_where_the_server_strays_there_is_a_difference() -> None:
    chance, told = random.Random(17), 0
    for minutes in chance.sample(changing(), 120):
        pattern = cron.parse(expression(chance, hours=minutes.hours))
        after, until = minutes.begin, minutes.end - timedelta(hours=2)
        meant = {fire.at for fire in cron.fires(pattern, minutes.zone, after, 36)}
        done = set(cron.server_fires(pattern, minutes.zone, after, 36))
        until = min([until, *(max(found) for found in (meant, done) if len(found) == 36)])
        strays = {at for at in meant ^ done if minutes.change.at <= at < until}
        found = list(cron.differences(pattern, minutes.zone, after, minutes.change.at + SECOND))
        named = {at.astimezone(UTC) for one in found for at in (*one.extra, *one.missed)}
        assert {at for at in named if at < until} == strays, (str(pattern), minutes)
        told += bool(named)
    assert told > 15


def test_the_api_lists_a_fire_that_never_comes() -> None:
    before = datetime(2027, 3, 13, 12, tzinfo=UTC)
    listed = cron.server_list(cron.parse("0 9 * * *"), NEW_YORK, before, 3)
    assert [f"{at:%d %H:%M}" for at in listed] == ["13 14:00", "14 12:00", "14 13:00"]


def test_the_api_forgets_the_first_of_march() -> None:
    pattern, utc = cron.parse("0 0 1,31 * *"), cron.load_zone("UTC")
    after = datetime(2027, 2, 2, tzinfo=UTC)
    assert [f"{at:%d %b}" for at in cron.server_list(pattern, utc, after, 2)] == [
        "31 Mar",
        "01 Apr",
    ]
    assert [f"{at:%d %b}" for at in cron.server_fires(pattern, utc, after, 2)] == [
        "01 Mar",
        "31 Mar",
    ]
