"""Cron is read as Skyvern's server reads it, and told by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedules import cron

NEW_YORK = cron.load_zone("America/New_York")
NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("", "Type a cron expression"),
        ("9 * * *", "4 fields, but needs five"),
        ("0 5 9 * * 1", "6 fields, but takes five"),
        ("0 9 1 1 * 0 2027", "7 fields, but takes five"),
        ("61 * * * *", "“61” is no minute: it takes 0 to 59"),
        ("0 24 * * *", "“24” is no hour"),
        ("0 9 0 * *", "“0” is no day of the month"),
        ("0 9 * foo *", "“foo” is no month"),
        ("0 9 * * mon#6", "“mon#6” is no day of the week"),
        ("0 22-2 * * *", "“22-2” as hour is no range"),
        ("0 9 * * fri-mon", "“fri-mon” as day of the week is no range"),
        ("0 9,, * * *", "a comma too many in the hour"),
        ("0 9 15W * *", "nearest weekday (W)"),
        ("H H * * *", "random time"),
        ("R(0-29) 9 * * *", "“(” has no meaning"),
        ("R/5 * * * *", "random time"),
        ("0 9 * * 1,3#2", "cannot stand together"),
        ("*/0 * * * *", "“*/0” is no minute"),
        ("٣ * * * *", "has no meaning in a cron expression"),
        ("0 9 * * *; rm", "“;” has no meaning"),
        ("@reboot", "not a known shorthand"),
        ("1," * 60 + "1 * * * *", "longer than 120 characters"),
    ],
)
def test_what_is_refused_is_refused_with_a_sentence_that_says_where(
    expression: str, sentence: str
) -> None:
    with pytest.raises(cron.CronError) as refused:
        cron.parse(expression)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "0 9 * * 1-5",
        "0 9 ? * MON-FRI",
        "0 9 L * *",
        "0 9 * * L5",
        "0 9 * * mon#1,wed#2",
        "0 9-9 * * *",
        "5/15 * * * *",
        "0 9 * jan,jul sat-sun",
        "  0   9 * * *  ",
    ],
)
def test_what_the_server_takes_is_taken(expression: str) -> None:
    assert croniter.is_valid(str(cron.parse(expression)))


@pytest.mark.parametrize(
    ("alias", "written_out"), [("@daily", "0 0 * * *"), ("@HOURLY", "0 * * * *")]
)
def test_shorthands_are_written_out(alias: str, written_out: str) -> None:
    assert str(cron.parse(alias)) == written_out


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("* * * * *", "only 1 minute apart"),
        ("0,5,10,55,59 * * * *", "only 4 minutes apart"),
        ("0,4 9 * * *", "only 4 minutes apart"),
        ("58 23 * * *", None),
        ("*/5 * * * *", None),
        ("0 0 29 2 *", None),
        ("0 9 31 2 *", "“31” as day of the month does not come in “2” as month"),
        ("0 0 31 2 MON", "never fires"),
        ("0 9 15 * 1#1", "“15” as day of the month is never “1#1” as day of the week"),
    ],
)
def test_the_pace_is_judged_by_the_servers_own_rule(expression: str, sentence: str | None) -> None:
    if sentence is None:
        cron.check_pace(cron.parse(expression), NOW)
        return
    with pytest.raises(cron.CronError, match=sentence):
        cron.check_pace(cron.parse(expression), NOW)


def local(expression: str, after: datetime, n: int, zone: str = "America/New_York") -> list[str]:
    fires = cron.fires(cron.parse(expression), cron.load_zone(zone), after, n)
    return [f"{fire.local:%d %H:%M%z}" for fire in fires]


def test_a_daily_time_stays_the_same_on_the_wall_when_the_clocks_go_forward() -> None:
    assert local("0 9 * * *", NOW, 3) == ["07 09:00-0500", "08 09:00-0400", "09 09:00-0400"]


def test_a_time_in_the_gap_moves_to_the_first_instant_after_it_and_only_once() -> None:
    assert local("0,30 2 * * *", NOW, 2) == ["08 03:00-0400", "09 02:00-0400"]
    assert local("0 2,3 * * *", NOW, 2) == ["08 03:00-0400", "09 02:00-0400"]
    assert local("15 2 * * *", datetime(2026, 10, 3, tzinfo=UTC), 1, "Australia/Lord_Howe") == [
        "04 02:30+1100"
    ]
    fire = cron.fires(cron.parse("30 2 * * *"), NEW_YORK, NOW, 1)[0]
    assert fire.moved_from is not None
    assert f"{fire.moved_from:%H:%M}" == "02:30"
    assert fire.clock_change


def test_a_time_that_exists_twice_fires_the_first_time_only() -> None:
    before = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert local("30 1 * * *", before, 2) == ["01 01:30-0400", "02 01:30-0500"]
    between = datetime(2026, 11, 1, 5, 45, tzinfo=UTC)
    assert local("30 1 * * *", between, 1) == ["02 01:30-0500"]


def test_what_runs_every_half_hour_does_so_through_both_changes() -> None:
    for after in (datetime(2026, 11, 1, 3, tzinfo=UTC), datetime(2026, 3, 8, 4, tzinfo=UTC)):
        fires = cron.fires(cron.parse("*/30 * * * *"), NEW_YORK, after, 14)
        gaps = {later.at - earlier.at for earlier, later in pairwise(fires)}
        assert gaps == {timedelta(minutes=30)}


def test_fires_that_end_are_simply_fewer() -> None:
    assert cron.fires(cron.parse("0 9 31 2 *"), NEW_YORK, NOW, 5) == []
    for told in (cron.server_fires, cron.server_list):
        assert told(cron.parse("0 9 31 2 *"), NEW_YORK, NOW, 5) == []


def test_a_month_that_follows_a_short_one_is_not_forgotten() -> None:
    february = datetime(2027, 2, 20, tzinfo=UTC)
    assert local("0 9 1,15,30 * *", february, 3, "UTC") == [
        "01 09:00+0000",
        "15 09:00+0000",
        "30 09:00+0000",
    ]


def test_working_hours_keep_their_rhythm_through_a_repeated_hour() -> None:
    before = datetime(2026, 11, 1, 4, 50, tzinfo=UTC)
    assert local("0,30 0-3 * * *", before, 5) == [
        "01 01:00-0400",
        "01 01:30-0400",
        "01 01:00-0500",
        "01 01:30-0500",
        "01 02:00-0500",
    ]
    assert local("0,30 1,2 * * *", before, 3) == [
        "01 01:00-0400",
        "01 01:30-0400",
        "01 02:00-0500",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (300, "Every 5 minutes"),
        (3600, "Every hour"),
        (90, "Every 90 seconds"),
        (172_800, "Every 2 days"),
    ],
)
def test_an_interval_has_words(seconds: int, words: str) -> None:
    assert cron.describe_interval(seconds) == words


@pytest.mark.parametrize(
    "name", ["", "../x", "Europe", "Mars/Base", "\0", "x" * 5000, "/etc/passwd"]
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(cron.ZoneError, match="There is no time zone"):
        cron.load_zone(name)


def test_a_zone_is_found_in_any_case_and_offered_once() -> None:
    assert cron.load_zone("america/new_york").key == "America/New_York"
    offered = cron.zone_names("europe/berlin", "nowhere")
    assert offered[:2] == ["Europe/Berlin", "UTC"]
    assert len(offered) == len(set(offered))


def read(expression: str) -> cron.Cron | None:
    try:
        return cron.parse(expression)
    except cron.CronError:
        return None


FIELDS = "* */5 */0 0 5 9-17 22-2 1,15 59 60 L l L5 1-L mon mon#2 fri-mon jan ? 15W 7 -1 1- ,"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FIELDS.split(" ")), min_size=4, max_size=6))
@example(["0", "0", "29", "2", "1#5"])
def test_of_five_fields_we_take_exactly_what_croniter_takes(fields: list[str]) -> None:
    expression = " ".join(fields)
    accepted = read(expression)
    assert (accepted is not None) == (len(fields) == 5 and croniter.is_valid(expression))
    if accepted is not None:
        assert cron.describe(str(accepted))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["30 2 * * *", "0 9 * * *", "*/30 * * * *", "15 1 * * *", "0 */2 * * *"]),
    st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
    ),
    st.integers(0, 9 * 365 * 24 * 60),
)
def test_fires_come_in_order_after_the_asking_and_never_twice(
    expression: str, zone: str, minutes: int
) -> None:
    after = NOW + timedelta(minutes=minutes)
    fires = cron.fires(cron.parse(expression), cron.load_zone(zone), after, 8)
    times = [fire.at for fire in fires]
    assert times[0] > after
    assert times == sorted(set(times))
    assert cron.fires(cron.parse(expression), cron.load_zone(zone), times[0], 7) == fires[1:]
