"""Workers of the outbox as processes of their own, one of which is killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.receivers import receiver
from tests.runs.racing import ROOT, own_database


def test_a_worker_killed_while_it_sends_and_two_that_follow_send_one_more_copy(
    tmp_path: Path,
) -> None:
    env = own_database(tmp_path)

    def start(*what: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.dashboard.racing_outbox", *what], env=env, cwd=ROOT
        )

    with receiver() as other_side:
        assert start("put", f"{other_side.url}/hook").wait(60) == 0
        other_side.drip_seconds = 0.05  # the answer has not come to its end when it is killed
        killed = start("send", "3")
        end = time.monotonic() + 60
        while not other_side.posts and time.monotonic() < end:
            time.sleep(0.02)
        killed.kill()
        killed.wait(60)
        other_side.drip_seconds = 0
        followers = [start("send", "3") for _ in range(2)]
        assert [worker.wait(60) for worker in followers] == [0, 0]
    ids = [post.headers["webhook-id"] for post in other_side.posts]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    with closing(sqlite3.connect(tmp_path / "skydeck.sqlite3")) as found:
        states = found.execute("SELECT state, tries FROM dashboard_notification").fetchall()
    assert states == [("sent", 2)]
