"""Three hundred runs canceled by workers of which one is killed in the middle."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from dashboard.sandbox import Sandbox
from tests.runs.racing import ROOT, own_database

RUNS = 300


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name upstream
        return


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    env, sandbox = own_database(tmp_path), Sandbox(history=0)
    command = [sys.executable, "-m", "tests.runs.racing_jobs"]
    database = tmp_path / "skydeck.sqlite3"

    def counts() -> Counter[str]:
        with closing(sqlite3.connect(database, timeout=20)) as found:
            return Counter(state for (state,) in found.execute("SELECT state FROM runs_jobitem"))

    with make_server("127.0.0.1", 0, sandbox, handler_class=Quiet) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        port = str(http.server_port)
        subprocess.run([*command, "make", str(RUNS), port], env=env, cwd=ROOT, check=True)
        workers = [subprocess.Popen([*command, "work", port], env=env, cwd=ROOT) for _ in range(2)]
        give_up = time.monotonic() + 60
        while counts()["done"] < RUNS // 4 and time.monotonic() < give_up:
            time.sleep(0.02)
        workers[0].kill()
        workers[0].wait()
        assert counts()["done"] < RUNS
        assert workers[1].wait(120) == 0
        with closing(sqlite3.connect(database, timeout=20)) as found, found:
            found.execute(
                "UPDATE runs_jobitem SET lease_until = '2020-01-01 00:00:00'"
                " WHERE state = 'working'"
            )
        subprocess.run([*command, "work", port], env=env, cwd=ROOT, check=True, timeout=120)
        http.shutdown()
    assert counts() == {"done": RUNS}
    asked = Counter(path for _, path in sandbox.calls if path.endswith("/cancel"))
    assert len(asked) == RUNS
    assert sum(asked.values()) <= RUNS + 1
