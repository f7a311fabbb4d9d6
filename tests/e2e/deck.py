"""A whole Skydeck of its own, started as a user starts it: `./dev up`."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests import migrated

ROOT = Path(__file__).resolve().parents[2]
ADMIN, PASSWORD = "admin", "correct horse battery staple"

# What tells a supervised program by its command line.
PROGRAMS = {
    "web": ("gunicorn", "dashboard.wsgi"),
    "worker": ("celery", "worker"),
    "beat": ("celery", "beat"),
    "sandbox": ("gunicorn", "dashboard.sandbox"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until[T](what: str, look: Callable[[], T], seconds: float = 60.0) -> T:
    """The first truthy answer of `look`; an AssertionError that says `what` never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


ABOUT_FAILURES = (
    "SELECT name, failures, error, succeeded_at FROM dashboard_feed",
    "SELECT number, state, run_id, tries, error, updated_at FROM runs_jobitem"
    " ORDER BY updated_at DESC LIMIT 10",
    "SELECT run_id, status, created_at, finished_at, seen_at, substr(failure_reason, 1, 300)"
    " FROM runs_run ORDER BY created_at DESC LIMIT 12",
)


class Deck:
    """`url` is where the browser goes; `var` holds its database, queue and log."""

    def __init__(self, var: Path, skyvern: dict[str, str]) -> None:
        self.var = var
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = var / "up.log"
        self.session: list[Any] = []
        """The cookie of the administrator's session, as a browser has it; see `signed_in`."""
        var.mkdir(parents=True, exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO_", "SKYVERN_", "SKYDECK_", "DATABASE_", "BROKER_"))
        }
        self.env = {
            **inherited,
            "LEDGER_LOOK_SECONDS": "5",
            **skyvern,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SKYDECK_VAR": str(var),
            "SKYDECK_SANDBOX_PORT": str(free_port()),
            "DJANGO_SUPERUSER_USERNAME": ADMIN,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "DJANGO_SUPERUSER_EMAIL": "admin@example.com",
        }

    def start(self) -> Deck:
        migrated.lay_out(self.var)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(ROOT / "dev"), "up"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait_for_web()
        except AssertionError:
            self.stop()
            raise
        return self

    def __enter__(self) -> Deck:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_for_web(self) -> None:
        try:
            wait_until("the web answers", self.answers, 180)
        except AssertionError as exc:
            raise AssertionError(self.log.read_text()[-4000:]) from exc

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of its own database, read from outside."""
        with closing(sqlite3.connect(f"file:{self.var}/skydeck.sqlite3?mode=ro", uri=True)) as db:
            return db.execute(sql).fetchall()

    def last_words(self) -> str:
        """What it knows and what it logged, for whoever reads of a test that failed."""
        lines = [f"now {datetime.now(UTC)}"]
        for sql in ABOUT_FAILURES:
            lines += ["", sql, *map(str, self.query(sql))]
        return "\n".join([*lines, "", self.log.read_text(errors="replace")[-3000:]])

    def pids(self, program: str) -> list[int]:
        words = PROGRAMS[program]
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                line = " ".join(child.cmdline())
            except psutil.NoSuchProcess:
                continue
            if all(word in line for word in words):
                found.append(child.pid)
        return found

    def kill(self, program: str) -> None:
        """kill -9 of all its processes; returns once the supervisor has a new one."""
        before = set(self.pids(program))
        assert before, f"{program} is not running"
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(
            f"{program} is started again",
            lambda: self.pids(program) and not before & set(self.pids(program)),
        )

    def stop(self) -> None:
        """As Ctrl-C does; nothing of it may be left running."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive, f"left running: {alive}"
