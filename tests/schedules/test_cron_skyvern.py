"""Beside the real server: what it takes, what it lists, and what its scheduler starts."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter

from ops.skyvern.place import Place
from schedules import cron
from schedules.cron.zones import changes
from tests.contract.servers import real
from tests.schedules.crons import NOW, Meaning, changing, expression

pytestmark = pytest.mark.skyvern

PAIRS = 600
LISTED = 5
FORGOTTEN = ("0 9 1,15,30 * *", "0 0 1,31 * *", "30 7 */15 * *")
FEBRUARY = datetime(2027, 2, 16, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
"""Its clocks never change."""
INSIDE = Path(__file__).with_name("inside_skyvern.py")
COMMON = (
    *("0 9 * * *", "30 2 * * *", "30 1 * * *", "0 0 * * *", "0 * * * *", "*/30 * * * *"),
    *("0 9 * * 1-5", "0 0 1 * *", "0 2 L * *", "15 2 * * 0", "0 */2 * * *", "0 9 1,15,30 * *"),
)
ODD = (
    *("", "9 * * *", "0 5 9 * * 1", "0 9 1 1 * 0 2027", "61 * * * *", "0 24 * * *", "0 9 0 * *"),
    *(
        "0 9 * foo *",
        "0 9 * * mon#6",
        "0 22-2 * * *",
        "0 9 * * fri-mon",
        "0 9,, * * *",
        "H H * * *",
    ),
    *("0 9 15W * *", "R R * * *", "R/5 * * * *", "R(0-29) 9 * * *", "0 9 * * 1,3#2", "*/0 * * * *"),
    *("٣ * * * *", "0 9 * * *; rm", "@reboot", "@daily", "@Hourly", "@weekly", "@monthly"),
    *("@yearly", "@annually", "@midnight", "0 9 * * L5", "0 9 * * L", "0 9 * * 5-0", "? 9 * * *"),
    *("0 9 ? * ?", "0 9 L-3 * *", "0 9 1-L * *", "* * * * *", "0,4 9 * * *", "*/5 * * * *"),
    *(
        "0 9 31 2 *",
        "0 0 31 2 MON",
        "0 9 15 * 1#1",
        "0 0 29 2 *",
        "1," * 60 + "1 9 * * *",
        "0-0 9 * * *",
    ),
    *(
        "0 9 * * 7",
        "0 9 * * 8",
        "0 9 * 13 *",
        "-1 9 * * *",
        "1- 9 * * *",
        "5/15 * * * *",
        "58 23 * * *",
    ),
)


@dataclass(frozen=True)
class Pair:
    """An expression in a zone, asked at a moment."""

    text: str
    zone: ZoneInfo
    at: datetime

    @property
    def pattern(self) -> cron.Cron:
        return cron.parse(self.text)

    def question(self, *more: datetime) -> list[str]:
        return [self.text, self.zone.key, self.at.isoformat(), *(at.isoformat() for at in more)]


def taken(text: str, at: datetime) -> bool:
    try:
        cron.check_pace(cron.parse(text), at)
    except cron.CronError:
        return False
    return True


def pairs() -> list[Pair]:
    """Most of them asked up to two days before a change of the clocks."""
    chance, around = random.Random(19), changing()
    found = [Pair(text, TOKYO, FEBRUARY) for text in FORGOTTEN]
    while len(found) < PAIRS:
        minutes = chance.choice(around)
        at = minutes.change.at - timedelta(minutes=chance.randrange(-120, 2880))
        if len(found) % 4 == 0:
            at += timedelta(days=chance.randrange(200))
        text = chance.choice([*COMMON, *(expression(chance, hours=minutes.hours) for _ in COMMON)])
        if taken(text, at):
            found.append(Pair(text, minutes.zone, at))
    return found


def watched() -> list[tuple[Pair, datetime]]:
    """Pairs whose scheduler is looked at, until a day after the change or a little more."""
    chance = random.Random(23)
    around = chance.sample(changing(), 30)
    texts = [*COMMON, *COMMON, *COMMON]
    return [
        (Pair(text, minutes.zone, minutes.begin), minutes.change.at + timedelta(hours=25))
        for text, minutes in zip(texts, around, strict=False)
    ]


@dataclass(frozen=True)
class Answers:
    verdicts: list[list[str] | str]
    listed: list[list[str] | str]
    fired: list[list[str]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Those of Skyvern's own code, run by its own Python with a clock that we set."""
    python = Place.here().python
    assert python.exists(), "./dev skyvern install makes what these tests need"
    folder = tmp_path_factory.mktemp("skyvern")
    asked = {
        "listed": [
            *([text, "UTC", NOW.isoformat()] for text in ODD),
            *(pair.question() for pair in pairs()),
        ],
        "fired": [pair.question(until) for pair, until in watched()],
    }
    subprocess.run(
        [python, INSIDE, folder / "answers.json"],
        input=json.dumps(asked),
        text=True,
        check=True,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SKYVERN_TELEMETRY": "false",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
    )
    told = json.loads((folder / "answers.json").read_text())
    return Answers(told["listed"][: len(ODD)], told["listed"][len(ODD) :], told["fired"])


def moments(told: list[str] | str) -> list[datetime]:
    assert not isinstance(told, str), told
    return [datetime.fromisoformat(moment) for moment in told]


# What is taken: what only we refuse has a reason with a name --------------------------------------


def seconds_or_years(text: str) -> bool:
    """The server puts seconds last and its own pages put them first."""
    return len(text.split()) > 5


def random_times(text: str) -> bool:
    """R is rolled anew at each look."""
    return text.startswith("R")


def over_long(text: str) -> bool:
    """Croniter hangs on lists of thousands."""
    return len(text) > 120


def digits_of_other_scripts(text: str) -> bool:
    """Only some of the programs that read them know those."""
    return not text.isascii()


ONLY_WE_REFUSE = (seconds_or_years, random_times, over_long, digits_of_other_scripts)


def test_it_takes_what_we_take_and_the_rest_has_a_reason(answers: Answers) -> None:
    reasons = set()
    for text, told in zip(ODD, answers.verdicts, strict=True):
        by_server = not isinstance(told, str)
        if taken(text, NOW) != by_server:
            assert by_server, f"the server refuses {text}: {told}"
            (reason,) = [rule for rule in ONLY_WE_REFUSE if rule(text)]
            reasons.add(reason)
    assert reasons == set(ONLY_WE_REFUSE)


# What it lists: our copy of its formula to the second, and why that is not the wall clock ---------


def shifts_around_a_change(pair: Pair, listed: list[datetime]) -> bool:
    """Croniter moves a fire on the other side of a change of the clocks by the shift."""
    return any(changes(pair.zone, pair.at - timedelta(days=1), listed[-1] + timedelta(days=1)))


def forgets_days_after_a_short_month(pair: Pair, _: list[datetime]) -> bool:
    """After 2 February, croniter's next of days 1 and 31 is 31 March, in any zone."""
    local = pair.at.astimezone(pair.zone).replace(tzinfo=None)
    ahead = croniter(pair.text, local)
    told = [ahead.get_next(datetime) for _ in range(LISTED)]
    return told != list(islice(Meaning(pair.text).naive(local, 2000), LISTED))


RULES: tuple[Callable[[Pair, list[datetime]], bool], ...] = (
    shifts_around_a_change,
    forgets_days_after_a_short_month,
)


def test_its_list_is_what_we_say_it_will_list(answers: Answers) -> None:
    for pair, told in zip(pairs(), answers.listed, strict=True):
        assert cron.server_list(pair.pattern, pair.zone, pair.at, LISTED) == moments(told), pair


def test_where_its_list_is_not_the_wall_clock_a_rule_says_why(answers: Answers) -> None:
    explained = dict.fromkeys(RULES, 0)
    agreed = 0
    for pair, told in zip(pairs(), answers.listed, strict=True):
        listed = moments(told)
        if [fire.at for fire in cron.fires(pair.pattern, pair.zone, pair.at, LISTED)] == listed:
            agreed += 1
            continue
        holding = [rule for rule in RULES if rule(pair, listed)]
        assert holding, pair
        if len(holding) == 1:
            explained[holding[0]] += 1
    assert agreed > PAIRS / 4
    assert all(explained.values()), explained


def test_its_scheduler_starts_what_we_say_it_will(answers: Answers) -> None:
    strays = 0
    for (pair, until), told in zip(watched(), answers.fired, strict=True):
        started = moments(told)
        found = cron.server_fires(pair.pattern, pair.zone, pair.at, len(started) + 1)
        assert [at for at in found if at < until] == started, pair
        fires = cron.fires(pair.pattern, pair.zone, pair.at, len(started) + 1)
        strays += [fire.at for fire in fires if fire.at < until] != started
    assert strays > 5


def test_a_running_server_lists_the_same() -> None:
    with real() as server:
        path = f"/v1/workflows/{server.agents['stops']}/schedules"
        for text, zone in zip(
            COMMON, ["America/New_York", "Europe/Berlin", "UTC"] * 4, strict=True
        ):
            pattern, place = cron.parse(text), ZoneInfo(zone)
            before = cron.server_list(pattern, place, datetime.now(UTC), LISTED)
            body = {"cron_expression": text, "timezone": zone, "enabled": False}
            made = server.http.post(path, json=body).json()
            # a fire may have passed between the two
            after = cron.server_list(pattern, place, datetime.now(UTC), LISTED)
            assert moments(made["next_runs"]) in (before, after), text
