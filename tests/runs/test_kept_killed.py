"""Workers that keep files, each a process of its own: at once, and killed with -9."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import pytest

from dashboard.sandbox import Sandbox
from dashboard.skyvern import Skyvern
from dashboard.skyvern.schema import RunRequest
from tests.runs.keeping import asked_for, lies_in
from tests.runs.racing import ROOT, own_database
from tests.runs.test_jobs_racing import Quiet


@dataclass
class Place:
    """A database and a store of their own, and the sandbox that all workers meet."""

    var: Path
    env: dict[str, str]
    sandbox: Sandbox
    port: int

    @property
    def store(self) -> Path:
        return self.var / "evidence"

    def start(self, what: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.runs.racing_keeping", what, str(self.port)]
        return subprocess.Popen(command, env=self.env, cwd=ROOT)

    def run(self, what: str) -> int:
        return self.start(what).wait(120)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.var / "skydeck.sqlite3", timeout=20)) as found, found:
            return found.execute(sql).fetchall()

    def kept(self) -> list[str]:
        """Names of the files that are kept, as the rows have them."""
        tokens = self.rows("SELECT token FROM runs_kept WHERE state = 'kept'")
        return sorted(f"{token[:2]}/{token}" for (token,) in tokens)

    def lease_runs_out(self) -> None:
        past = "UPDATE runs_kept SET lease_until = '2020-01-01 00:00:00' WHERE state = 'working'"
        self.rows(past)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    sandbox = Sandbox(history=0)
    kept = {"EVIDENCE_STORE": str(tmp_path / "evidence"), "EVIDENCE_KEEP": "all"}
    env = own_database(tmp_path) | kept
    with make_server("127.0.0.1", 0, sandbox, handler_class=Quiet) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        with closing(Skyvern(f"http://127.0.0.1:{http.server_port}", sandbox.api_key)) as api:
            for _ in range(4):
                api.start(RunRequest(workflow_id=sandbox.agents["Invoice download"]))
        sandbox.advance(120)
        made = Place(tmp_path, env, sandbox, http.server_port)
        assert made.run("mirror") == 0
        yield made
        http.shutdown()


def test_two_at_once_fetch_each_file_once(place: Place) -> None:
    workers = [place.start("work") for _ in range(2)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    assert place.rows("SELECT DISTINCT state FROM runs_kept") == [("kept",)]
    assert lies_in(place.store) == place.kept()
    asked = asked_for(place.sandbox)
    assert len(asked) == len(set(asked)) == len(place.kept()) > 20


def test_a_file_that_was_saved_when_its_worker_was_killed_is_not_fetched_again(
    place: Place,
) -> None:
    assert place.run("die-saved") == -signal.SIGKILL
    assert place.kept() == []
    [saved] = lies_in(place.store)
    place.lease_runs_out()
    place.sandbox.fault("expired", times=None)  # the store has the only copy
    place.run("work")
    assert place.kept() == [saved]


def test_half_a_file_that_a_killed_worker_left_is_replaced(place: Place) -> None:
    assert place.run("die-saving") == -signal.SIGKILL
    [half] = lies_in(place.store)
    place.lease_runs_out()
    assert place.run("work") == 0
    assert half not in place.kept()
    assert lies_in(place.store) == place.kept()
    assert place.rows("SELECT DISTINCT state FROM runs_kept") == [("kept",)]
    sizes = dict(place.rows("SELECT token, size FROM runs_kept"))
    for name in lies_in(place.store):
        assert (place.store / name).stat().st_size == sizes[name.rpartition("/")[2]]
