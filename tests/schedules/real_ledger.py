"""A real Skyvern of its own and a Skydeck beside it, and what is done to the schedules of the one
while the other keeps the ledger.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.ports import any_free
from ops.skyvern import agents
from ops.skyvern.place import Place
from ops.skyvern.seed import answer
from tests import migrated
from tests.e2e.deck import Deck, wait_until
from tests.runs.racing import ROOT
from tests.schedules.test_ledger_racing import NOTE

LATE, GRACE = 30, 60
"""Seconds, of this Skydeck: they fit a server that looks every two seconds what is due."""
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HELD = 80
"""Seconds for which the long run holds up the others."""
RACERS = 2


@dataclass(frozen=True)
class Row:
    """A fire that is settled."""

    due_at: datetime
    settled_at: datetime
    state: str
    cause: str
    outcome: str
    late_seconds: int | None
    run_id: str | None


@dataclass
class Skyvern:
    """`schedules`: name → id."""

    place: Place
    api: httpx.Client
    agents: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, str] = field(default_factory=dict)

    def make_agents(self) -> None:
        bodies = {
            "quick": agents.agent("Quick", "", [agents.code("one", "return {'one': 1}")]),
            "fails": agents.agent("Fails", "", [agents.request("get", "http://127.0.0.1:9/")]),
            "setup": agents.fails_in_setup(self.place.site),
            "long": agents.agent("Long", "", [agents.wait("hold", HELD)]),
        }
        for name, body in bodies.items():
            made = answer(self.api.post("/v1/workflows", json=body))
            self.agents[name] = made["workflow_permanent_id"]

    def make(self, name: str, timing: Mapping[str, Any], agent: str = "quick") -> None:
        body = {"timezone": "UTC", "name": name, **timing}
        path = f"/v1/workflows/{self.agents[agent]}/schedules"
        made = answer(self.api.post(path, json=body))
        self.schedules[name] = made["schedule"]["workflow_schedule_id"]

    def change(self, name: str, timing: Mapping[str, Any]) -> None:
        self._of(name, "PUT", json={"timezone": "UTC", "name": f"{name}, changed", **timing})

    def pause(self, name: str) -> None:
        self._of(name, "POST", "/disable")

    def cancel(self, name: str) -> None:
        self._of(name, "POST", "/cancel")

    def delete(self, name: str) -> None:
        self._of(name, "DELETE")

    def _of(self, name: str, method: str, verb: str = "", **how: Any) -> None:
        path = f"/v1/workflows/{self.agents['quick']}/schedules/{self.schedules[name]}{verb}"
        answer(self.api.request(method, path, **how))

    def hurry(self, name: str, timing: Mapping[str, str]) -> None:
        """Let it fire more often than each five minutes, which the API refuses and this test does
        not want to wait for."""
        change = "UPDATE workflow_schedules SET cron_expression = ?, modified_at = ?"
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        told = (timing["cron_expression"], now, self.schedules[name])
        path = self.place.data / "data.db"
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(f"{change} WHERE workflow_schedule_id = ?", told)

    def stop(self, moment: datetime, until: datetime) -> None:
        sleep_until(moment)
        _ops("stop", self.place)
        sleep_until(until)
        _ops("start", self.place)

    def started(self) -> set[str]:
        """The runs that schedules have started."""
        rows = self.api.get("/v1/workflows/runs", params={"page_size": 1000}).json()
        return {row["workflow_run_id"] for row in rows if row["trigger_type"] == "scheduled"}


@contextmanager
def skyvern(folder: Path) -> Iterator[Skyvern]:
    place = Place(folder / "skyvern", any_free(), any_free())
    try:
        _ops("start", place)
        headers = {"x-api-key": place.api_key()}
        with httpx.Client(base_url=place.url, headers=headers, timeout=60, trust_env=False) as api:
            made = Skyvern(place, api)
            made.make_agents()
            yield made
    finally:
        _ops("stop", place)


def _ops(verb: str, place: Place) -> None:
    own = {
        "SKYDECK_VAR": str(place.data.parent),
        "SKYVERN_PORT": str(place.port),
        "SITE_PORT": str(place.site_port),
        "WORKFLOW_SCHEDULE_POLL_INTERVAL_SECONDS": "2",
    }
    command = [sys.executable, "-m", "ops.skyvern", verb]
    subprocess.run(command, env={**os.environ, **own}, cwd=ROOT, check=True)


@contextmanager
def skydeck(var: Path, upstream: Skyvern) -> Iterator[Deck]:
    """It notes each time that a fire is settled."""
    var.mkdir()
    migrated.lay_out(var)
    with closing(sqlite3.connect(var / migrated.NAME)) as database:
        database.executescript(NOTE)
    environment = {
        "SKYVERN_BASE_URL": upstream.place.url,
        "SKYVERN_API_KEY": upstream.place.api_key(),
        "LEDGER_LATE_SECONDS": str(LATE),
        "LEDGER_GRACE_SECONDS": str(GRACE),
    }
    with Deck(var, environment) as deck:
        yield deck


@contextmanager
def racers(deck: Deck) -> Iterator[None]:
    """More workers that keep the ledger, without a lease; each is killed after some seconds."""
    env = {**deck.env, "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    command = [sys.executable, "-m", "tests.schedules.keeping_ledger"]
    over = threading.Event()

    def race(number: int) -> None:
        while not over.is_set():
            racer = subprocess.Popen(command, env=env, cwd=ROOT)
            over.wait(9 + 4.3 * number)
            racer.send_signal(signal.SIGKILL)
            racer.wait()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def at(*moments: datetime) -> dict[str, str]:
    """A pattern that fires at those minutes of the day."""
    minutes = ",".join({str(moment.minute) for moment in moments})
    hours = ",".join({str(moment.hour) for moment in moments})
    return {"cron_expression": f"{minutes} {hours} * * *"}


def each_hour_from(moment: datetime) -> dict[str, Any]:
    return {"interval_seconds": 3600, "first_fire_at": moment.isoformat()}


def once(moment: datetime) -> dict[str, Any]:
    return {"run_at": moment.isoformat()}


def sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


@dataclass
class Played:
    """The ledger of each schedule by its name, oldest fire first, and what else there is to see."""

    upstream: Skyvern
    deck: Deck
    first: datetime
    """The full minute at which most are due; the others are due at the two after it, one later."""

    def ledger(self, name: str) -> list[Row]:
        columns = "due_at, settled_at, state, cause, outcome, late_seconds, run_id"
        rows = self.deck.query(
            f"SELECT {columns} FROM schedules_fire WHERE state != 'due' "
            f"AND schedule_id = '{self.upstream.schedules[name]}' ORDER BY due_at"
        )
        return [Row(_moment(due), _moment(settled), *rest) for due, settled, *rest in rows]

    def ended(self) -> set[str]:
        """The schedules of which a fire is settled, and each run that one started has ended."""
        ledgers = {name: self.ledger(name) for name in self.upstream.schedules}
        return {
            name
            for name, fires in ledgers.items()
            if fires and all(fire.outcome != "live" for fire in fires)
        }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def play(upstream: Skyvern, deck: Deck) -> Played:
    """All that is to happen, one thing after the other; six minutes of it."""
    # nothing but a pattern may be due within a minute
    first = (datetime.now(UTC) + 105 * SECOND).replace(second=0, microsecond=0)
    second, third = first + MINUTE, first + 2 * MINUTE
    make = upstream.make
    make("on time", at(first))
    make("fails", at(first), agent="fails")
    make("fails in setup", at(first), agent="setup")
    make("renamed just before", at(first))
    make("moved just before", at(first))
    make("paused just before", at(first))
    make("each hour", each_hour_from(first + 20 * SECOND))
    make("once", once(first + 30 * SECOND))
    make("once, canceled", once(first + 30 * SECOND))
    make("long", once(first + 45 * SECOND), agent="long")
    make("waits for the long one", at(second))
    make("renamed while it waits", at(second))
    make("paused while it waits", at(second))
    make("deleted while it waits", at(second))
    make("twice while it waits", at(second))
    upstream.hurry("twice while it waits", at(second, third))
    played = Played(upstream, deck, first)
    with racers(deck):
        known = set(upstream.schedules.values())
        wait_until("all are in the ledger", lambda: expected(deck) == known, 30)
        sleep_until(first - 8 * SECOND)
        upstream.change("renamed just before", at(first))
        upstream.change("moved just before", at(third))
        upstream.pause("paused just before")
        upstream.cancel("once, canceled")
        sleep_until(first + 12 * SECOND)
        deck.kill("worker")

        sleep_until(second + 10 * SECOND)
        upstream.change("renamed while it waits", at(second))
        upstream.pause("paused while it waits")
        upstream.delete("deleted while it waits")
        sleep_until(third + 8 * SECOND)
        deck.kill("worker")

        due = upstream.schedules.keys() - {"once, canceled"}
        wait_until("each is settled and has ended", lambda: due <= played.ended(), 120)

        # what runs when the server is stopped would fail for that
        name = "due while the server is down"
        down = (datetime.now(UTC) + 90 * SECOND).replace(second=0, microsecond=0)
        make(name, at(down))
        in_it = upstream.schedules[name]
        wait_until("it is in the ledger", lambda: in_it in expected(deck), 25)
        upstream.stop(down - 3 * SECOND, down + (LATE + 1) * SECOND)
        wait_until("it is settled and has ended", lambda: name in played.ended(), 120)
    return played


def expected(deck: Deck) -> set[str]:
    """The schedules whose fires to come are in the ledger."""
    return {schedule for (schedule,) in deck.query("SELECT schedule_id FROM schedules_horizon")}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("ledger")
    with skyvern(folder) as upstream, skydeck(folder / "deck", upstream) as deck:
        yield play(upstream, deck)
