"""Several workers at once, as processes of their own on one database."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.runs.racing import ROOT, own_database

WORKERS = 4


def start(seed: int, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.runs.racing_worker", str(seed)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def hear(workers: list[subprocess.Popen[str]]) -> list[str]:
    """What each says next; only then all go on."""
    said = [worker.stdout.readline().strip() for worker in workers if worker.stdout]
    for worker in workers:
        if worker.stdin:
            worker.stdin.write("\n")
            worker.stdin.flush()
    return said


def test_of_many_workers_one_holds_the_lease_and_all_their_answers_are_one_run(
    tmp_path: Path,
) -> None:
    env = own_database(tmp_path)
    workers = [start(seed, env) for seed in range(WORKERS)]
    assert hear(workers) == ["ready"] * WORKERS
    assert sorted(hear(workers)) == ["held", "refused", "refused", "refused"]
    for worker in workers:
        worker.communicate(timeout=60)
    assert [worker.returncode for worker in workers] == [0] * WORKERS
    with closing(sqlite3.connect(tmp_path / "skydeck.sqlite3")) as found:
        rows = found.execute("SELECT run_id, status, attempt FROM runs_run").fetchall()
    assert rows == [("wr_1", "completed", 3)]
