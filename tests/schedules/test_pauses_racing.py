"""Two workers at the same pauses, and one of them killed: each is switched, and told of, once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest

from dashboard.sandbox import Sandbox
from tests.migrated import NAME
from tests.runs.racing import ROOT, own_database
from tests.runs.test_jobs_racing import Quiet

MANY = 40
PROGRAM = [sys.executable, "-m", "tests.schedules.racing_pauses"]
PAST = "'2020-01-01 00:00:00'"


@contextmanager
def served(sandbox: Sandbox) -> Iterator[str]:
    with make_server("127.0.0.1", 0, sandbox, handler_class=Quiet) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield str(http.server_port)
        http.shutdown()


@pytest.mark.parametrize(
    ("make", "go", "switch", "told"),
    [("make-due", "wake", "enable", "resumed"), ("make-bulk", "work", "disable", "paused")],
)
def test_each_is_switched_once_though_a_worker_is_killed(
    tmp_path: Path, make: str, go: str, switch: str, told: str
) -> None:
    env, sandbox = own_database(tmp_path), Sandbox(history=0)
    log = f"SELECT target_id FROM dashboard_activity WHERE verb = '{told}' AND result = 'ok'"
    if make == "make-due":
        log += " AND actor_name LIKE 'skydeck for %'"

    def logged() -> Counter[str]:
        with closing(sqlite3.connect(tmp_path / NAME, timeout=20)) as found:
            return Counter(target for (target,) in found.execute(log))

    def change(sql: str) -> None:
        with closing(sqlite3.connect(tmp_path / NAME, timeout=20)) as found, found:
            found.execute(sql)

    with served(sandbox) as port:
        subprocess.run([*PROGRAM, make, str(MANY), port], env=env, cwd=ROOT, check=True)
        workers = [subprocess.Popen([*PROGRAM, go, port], env=env, cwd=ROOT) for _ in range(2)]
        give_up = time.monotonic() + 60
        while len(logged()) < MANY // 4 and time.monotonic() < give_up:
            time.sleep(0.02)
        workers[0].kill()
        workers[0].wait()
        # What it held is free when its lease is over, which nobody waits for here.
        change(f"UPDATE dashboard_feed SET lease_until = {PAST} WHERE name = 'pauses'")
        assert workers[1].wait(120) == 0
        held = "schedules_bulkitem SET lease_until"
        change(f"UPDATE {held} = {PAST} WHERE state = 'working'")
        subprocess.run([*PROGRAM, go, port], env=env, cwd=ROOT, check=True, timeout=120)
    assert len(logged()) == MANY
    assert set(logged().values()) == {1}
    asked = Counter(path for _, path in sandbox.calls if path.endswith(f"/{switch}"))
    assert len(asked) == MANY
    assert sum(asked.values()) <= MANY + 1


def test_each_missed_fire_is_run_once_though_two_ask_and_one_is_killed(tmp_path: Path) -> None:
    env, sandbox = own_database(tmp_path), Sandbox(history=0)

    def rows(sql: str) -> list[str]:
        with closing(sqlite3.connect(tmp_path / NAME, timeout=20)) as found:
            return [run_id for (run_id,) in found.execute(sql)]

    def posts() -> int:
        return sum(path == "/v1/run/agents" for _, path in sandbox.calls)

    tied = "SELECT made_up_by_id FROM schedules_fire WHERE made_up_by_id > ''"
    with served(sandbox) as port:
        subprocess.run([*PROGRAM, "make-missed", str(MANY), port], env=env, cwd=ROOT, check=True)
        workers = [subprocess.Popen([*PROGRAM, "run", port], env=env, cwd=ROOT) for _ in range(2)]
        give_up = time.monotonic() + 60
        while len(rows(tied)) < MANY // 4 and time.monotonic() < give_up:
            time.sleep(0.02)
        workers[0].kill()
        workers[0].wait()
        assert workers[1].wait(120) == 0
        subprocess.run([*PROGRAM, "run", port], env=env, cwd=ROOT, check=True, timeout=120)
    found = rows(tied)
    assert len(found) == len(set(found))
    # What the killed one was in the middle of may have started: it is looked for, not sent again.
    open_ones = rows("SELECT nonce FROM runs_launch WHERE state IN ('claimed', 'unknown')")
    assert len(open_ones) <= 1
    assert len(found) + len(open_ones) >= MANY
    assert posts() <= MANY
