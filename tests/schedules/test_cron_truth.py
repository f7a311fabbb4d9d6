"""The fires by the wall clock, beside a walk through the minutes and beside cronsim."""

import random
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedules import cron
from schedules.cron.zones import changes
from tests.schedules.crons import NOW, Meaning, Minutes, changing, expression

MANY = 10_000
LOOKED_AT = 24
"""Fires around one change of the clocks."""
NEW_YORK = cron.load_zone("America/New_York")


def parsed(text: str) -> cron.Cron | None:
    try:
        return cron.parse(text)
    except cron.CronError:
        return None


def test_ten_thousand_expressions_mean_what_their_words_say() -> None:
    chance, utc, tried = random.Random(1), cron.load_zone("UTC"), 0
    while tried < MANY:
        text = expression(chance)
        if pattern := parsed(text):
            tried += 1
            start = NOW + timedelta(minutes=chance.randrange(2_000_000))
            meant = list(islice(Meaning(text).naive(start, 150), 8))
            fires = [fire.at for fire in cron.fires(pattern, utc, start, 8)]
            assert fires[: len(meant)] == meant, text
            assert not fires[len(meant) :] or fires[len(meant)] > start + timedelta(148), text


def test_around_every_change_of_every_zone_the_clock_on_the_wall_is_kept() -> None:
    chance, tried = random.Random(3), 0
    around = changing()
    assert len({minutes.zone.key for minutes in around}) > 150
    for minutes in around:
        for _ in range(-(-MANY // len(around))):
            text = expression(chance, hours=minutes.hours)
            if pattern := parsed(text):
                tried += 1
                check(pattern, minutes)
    assert tried > 0.95 * MANY


def check(pattern: cron.Cron, minutes: Minutes) -> None:
    meant = minutes.fires(Meaning(str(pattern)))[:LOOKED_AT]
    fires = cron.fires(pattern, minutes.zone, minutes.begin, LOOKED_AT)
    told = [fire.at for fire in fires if fire.at < minutes.end]
    assert told == meant, (str(pattern), minutes.zone.key, minutes.change)


def test_no_change_of_any_zone_is_overlooked() -> None:
    days = [NOW + timedelta(days=i) for i in range(366 * 5)]
    for zone in map(ZoneInfo, sorted(available_timezones())):
        offsets = [day.astimezone(zone).utcoffset() for day in days]
        seen = [i for i in range(1, len(days)) if offsets[i] != offsets[i - 1]]
        found = list(changes(zone, days[0], days[-1]))
        assert len(found) == len(seen), zone.key
        for change, i in zip(found, seen, strict=True):
            assert days[i - 1] < change.at <= days[i], zone.key
            before = change.at - timedelta(seconds=1)
            after = change.at.astimezone(zone).utcoffset()
            assert after == (before.astimezone(zone).utcoffset() or timedelta(0)) + change.shift


# Beside cronsim: where it follows other rules, each of them has a name ----------------------------


def reads_a_star_as_and(meaning: Meaning) -> bool:
    """Debian's rule: a day or weekday that begins with a star must match beside the other one."""
    day, weekday = meaning.fields[2], meaning.fields[4]
    beside = "*" not in (day, weekday)
    return beside and (day.startswith("*") or weekday.startswith("*") or "*," in day + weekday)


def ignores_all_but_nth(meaning: Meaning) -> bool:
    """Skyvern's croniter looks at nothing else where the weekday is one such as 1#2."""
    return bool(meaning.nth) and (meaning.fields[2] != "*" or bool(meaning.weekdays))


def steps_through_one(meaning: Meaning) -> bool:
    """For cronsim `6-6/2` is `6/2`: it goes on to the end of the field."""
    return re.search(r"\b(\w+)-\1/", meaning.text) is not None


def writes_it_otherwise(meaning: Meaning) -> bool:
    """`?`, L at the end of a range, L5, Friday to Sunday and the like are not cronsim's."""
    try:
        CronSim(meaning.text, NOW)
    except CronSimError:
        return True
    return False


def steps_over_the_change(meaning: Meaning) -> bool:
    """Debian's rule: a minute or an hour that begins with a star goes by real time throughout,
    and nothing else does; ours asks for fires in the hours before and after."""
    by_star = meaning.fields[0].startswith("*") or meaning.fields[1].startswith("*")
    in_rhythm = [meaning.in_rhythm(hour) for hour in meaning.hours]
    return not all(in_rhythm) if by_star else any(in_rhythm)


OTHER_RULES = (
    reads_a_star_as_and,
    ignores_all_but_nth,
    writes_it_otherwise,
    steps_through_one,
    steps_over_the_change,
)


def test_cronsim_agrees_but_for_its_other_rules() -> None:
    chance, agreed = random.Random(5), 0
    for minutes in changing()[::2]:
        text = expression(chance, hours=minutes.hours)
        meaning = Meaning(text)
        pattern = parsed(text)
        if pattern is None or any(rule(meaning) for rule in OTHER_RULES):
            continue
        local = minutes.begin.astimezone(minutes.zone)
        ahead = list(islice(CronSim(text, local), 6))
        fires = [fire.at for fire in cron.fires(pattern, minutes.zone, minutes.begin, 6)]
        assert fires == [at.astimezone(UTC) for at in ahead], (text, minutes.zone.key)
        agreed += 1
    assert agreed > 250


@pytest.mark.parametrize(
    ("rule", "text", "start"),
    [
        (reads_a_star_as_and, "0 9 */2 * 1", NOW),
        (ignores_all_but_nth, "0 9 1-7 * 1#1", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        (steps_through_one, "0 6-6/2 * * *", NOW),
        (steps_over_the_change, "*/30 2 * * *", datetime(2027, 3, 14, tzinfo=UTC)),
    ],
)
def test_each_of_those_rules_makes_a_difference(rule: object, text: str, start: datetime) -> None:
    assert rule in OTHER_RULES
    pattern = cron.parse(text)
    fires = [fire.at for fire in cron.fires(pattern, NEW_YORK, start, 9)]
    ahead = list(islice(CronSim(text, start.astimezone(NEW_YORK)), 9))
    assert fires != [at.astimezone(UTC) for at in ahead]


# Nothing hangs ------------------------------------------------------------------------------------


def most_calls(text: str, after: datetime = NOW) -> int:
    """How many calls of functions, theirs and Python's own, the hardest answer takes."""
    pattern = parsed(text) or cron.parse("0 9 * * *")
    year = timedelta(days=365)
    return max(
        calls(lambda: cron.parse(text)),
        calls(lambda: cron.check_pace(pattern, after)),
        calls(lambda: cron.fires(pattern, NEW_YORK, after, 11)),
        calls(lambda: cron.server_fires(pattern, NEW_YORK, after, 13)),
        calls(lambda: cron.server_list(pattern, NEW_YORK, after, 5)),
        calls(lambda: list(cron.differences(pattern, NEW_YORK, after, after + year))),
        calls(lambda: cron.describe.__wrapped__(text)),
    )


def calls(answer: Callable[[], object]) -> int:
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += "return" not in event

    sys.setprofile(count)
    try:
        with suppress(cron.CronError):
            answer()
    finally:
        sys.setprofile(None)
    return counted


MOST_CALLS = 400_000
"""Some 30 ms of a fast machine's time."""


@settings(max_examples=60)
@given(st.text(max_size=400))
@example("1-" * 60)
@example("*/1," * 30)
@example("59/1" * 29)
@example("* * * * *")
@example("*/5 * * * *")
@example("0 9 31 2 *")
@example("0 0 29 2 *,1#5")
@example("0 0 1 3 1#1")
@example(",".join(["1"] * 50) + " * * * *")
@example("0 0 29 2 " + ",".join(["1#5"] * 25))
@example("1," * 100_000)
def test_any_text_is_answered_with_little_work(text: str) -> None:
    assert most_calls(text) < MOST_CALLS


def test_random_expressions_are_answered_with_little_work() -> None:
    chance = random.Random(7)
    assert max(most_calls(expression(chance)) for _ in range(150)) < MOST_CALLS
