"""Every expression has words, and they say what it does."""

import random
import re
from datetime import time

import pytest

from schedules import cron
from schedules.cron.words import clock_time
from tests.schedules.crons import MONTHS, Meaning, expression


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 9 * * 1-5", "At 09:00, Monday through Friday"),
        ("@daily", "At 00:00, every day"),
        ("30 2,14 * * *", "At 02:30 and 14:30, every day"),
        ("0,30 9 * * *", "At 09:00 and 09:30, every day"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("0 */2 * * *", "Every 2 hours"),
        ("0 0-23 * * *", "Every hour"),
        ("0 */60 * * *", "At 00:00, every day"),
        ("3-33/10 8 * * *", "At 08:03, 08:13, 08:23, and 08:33, every day"),
        ("0 */5 * * *", "At 00:00, 05:00, 10:00, 15:00 and 20:00, every day"),
        ("*/25 * * * *", "At 0, 25, and 50 minutes past the hour"),
        ("0 9 1-L * *", "At 09:00, every day"),
        ("0 9 15-L * *", "At 09:00, between day 15 and 31 of the month"),
        ("0 9 15,L * *", "At 09:00, on day 15 and the last day of the month"),
        ("0 9 */10 * *", "At 09:00, on day 1, 11, 21, and 31 of the month"),
        ("0 9 L * *", "At 09:00, on the last day of the month"),
        ("0 9 15 * 1", "At 09:00, on day 15 of the month, or on Monday"),
        ("0 9 */1 * 1", "At 09:00, every day"),
        ("0 9 * */3 *", "At 09:00, only in January, April, July, and October"),
        ("0 9 * * 1-5/2", "At 09:00, only on Monday, Wednesday, and Friday"),
        ("0 9 * * sun-sat", "At 09:00, every day"),
        ("0 9 * * L5", "At 09:00, on the last Friday of the month"),
        (
            "0 9 * 2 mon#1,wed#2",
            "At 09:00, on the first Monday and the second Wednesday of the month, only in February",
        ),
        ("0 9 1-7 * mon#1", "At 09:00, on the first Monday of the month"),
        ("R R * * *", "A pattern of its own"),
    ],
)
def test_what_the_library_leaves_out_or_gets_wrong_is_told(expression: str, words: str) -> None:
    assert cron.describe(expression) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 9 * * *", "At 09:00 AM, every day"),
        ("30 0,12,23 * * *", "At 12:30 AM, 12:30 PM, and 11:30 PM, every day"),
        ("*/5 8-18 * * *", "Every 5 minutes, between 08:00 AM and 06:59 PM"),
    ],
)
def test_times_may_be_of_twelve_hours(expression: str, words: str) -> None:
    assert cron.describe(expression, 12) == words


def test_random_expressions_are_told_with_their_times_months_and_places() -> None:
    chance = random.Random(11)
    told = 0
    for text in (expression(chance) for _ in range(3000)):
        try:
            cron.parse(text)
        except cron.CronError:
            continue
        meaning, words = Meaning(text), cron.describe(text)
        assert not re.search(r"[*#?/]|\bL\b|None|  |, ,|day of the week", words), (text, words)
        times = [time(hour, minute) for hour in meaning.hours for minute in meaning.minutes]
        if len(times) <= 4:
            assert {clock_time(at) for at in times} <= set(re.findall(r"\d\d:\d\d", words)), text
        if len(meaning.months) == 1:
            assert MONTHS[min(meaning.months) - 1].capitalize() in words, text
        assert ("of the month" in words) or not meaning.nth, text
        told += 1
    assert told > 2500
