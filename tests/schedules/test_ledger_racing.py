"""Two workers settle the same ledger and one is killed: each fire is settled once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.e2e.deck import wait_until
from tests.migrated import NAME
from tests.runs.racing import ROOT, own_database

SCHEDULES, PART = 60, 20
NOTE = """
CREATE TABLE settled (fire, state);
CREATE TRIGGER note_settled AFTER UPDATE OF settled_at ON schedules_fire
BEGIN INSERT INTO settled VALUES (new.id, new.state); END;
CREATE TRIGGER note_extra AFTER INSERT ON schedules_fire WHEN new.state = 'extra'
BEGIN INSERT INTO settled VALUES (new.id, new.state); END;
"""


def program(env: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    module = [sys.executable, "-m", "tests.schedules.racing_ledger", *words]
    return subprocess.Popen(module, env=env, cwd=ROOT)


def test_each_fire_is_settled_once_though_a_worker_is_killed(tmp_path: Path) -> None:
    env = own_database(tmp_path)
    assert program(env, "make", str(SCHEDULES)).wait() == 0
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.executescript(NOTE)
        one = program(env, "stall")
        begun = "SELECT count(*) FROM settled"
        try:
            wait_until("a part is settled", lambda: database.execute(begun).fetchone()[0] == PART)
            other = program(env, "settle")
            time.sleep(1)  # it waits for the first one's lock
        finally:
            one.kill()
            one.wait()
        assert other.wait() == 0
        assert program(env, "settle").wait() == 0
        noted = database.execute("SELECT fire, state FROM settled").fetchall()
        runs = database.execute("SELECT run_id FROM schedules_fire WHERE run_id > ''").fetchall()
    assert len(noted) == len({fire for fire, _ in noted})
    states = Counter(state for _, state in noted)
    assert states == {"on_time": SCHEDULES, "extra": SCHEDULES, "missed": SCHEDULES}
    assert len(runs) == len(set(runs)) == 2 * SCHEDULES
