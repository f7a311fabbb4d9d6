"""However much the bulk jobs have to do, a worker keeps threads for the refreshes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from dashboard.sandbox import Sandbox
from runs.tasks.jobs.slots import SLICES, Slots, share_threads
from tests.runs.racing import ROOT, own_database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

THREADS = 4


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name upstream
        return


class Slow:
    """A Skyvern that takes a second to start a run; `most` is how many it was asked for at once."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(history=0)
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return self.sandbox(environ, start_response)
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(1)
        with self._lock:
            self.now -= 1
        return self.sandbox(environ, start_response)


@contextmanager
def program(words: list[str], env: dict[str, str]) -> Iterator[None]:
    started = subprocess.Popen(
        [sys.executable, "-m", "celery", "-q", "-A", "dashboard.celery", *words], env=env, cwd=ROOT
    )
    try:
        yield
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize(("threads", "slices"), [(1, 1), (2, 1), (4, 2), (8, 4)])
def test_slices_get_half_the_threads(
    threads: int, slices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SLICES, "most", 1)
    share_threads(SimpleNamespace(pool=SimpleNamespace(limit=threads)))
    assert SLICES.most == slices


def test_a_slot_is_free_again_whatever_became_of_its_slice() -> None:
    slots = Slots()
    with slots.one() as first, slots.one() as second:
        assert (first, second) == (True, False)
    with pytest.raises(ZeroDivisionError), slots.one():
        raise ZeroDivisionError
    with slots.one() as free:
        assert free


def test_the_mirror_is_refreshed_while_jobs_have_more_to_do_than_there_are_threads(
    tmp_path: Path,
) -> None:
    skyvern = Slow()
    with ExitStack() as stack:
        http = stack.enter_context(make_server("127.0.0.1", 0, skyvern, Threaded, Quiet))
        threading.Thread(target=http.serve_forever, daemon=True).start()
        stack.callback(http.shutdown)
        env = {
            **own_database(tmp_path),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "SKYDECK_SANDBOX_PORT": str(http.server_port),
        }
        make = [sys.executable, "-m", "tests.runs.racing_slices", "4", "40"]
        subprocess.run(make, env=env, cwd=ROOT, check=True)
        worker = ["worker", "-P", "threads", "-c", str(THREADS), "-l", "WARNING"]
        stack.enter_context(program(worker, env))
        stack.enter_context(program(["beat", "-l", "WARNING", "--pidfile="], env))
        database = stack.enter_context(closing(sqlite3.connect(tmp_path / "skydeck.sqlite3")))
        refreshed: set[str] = set()
        end = time.monotonic() + 60
        while time.monotonic() < end and (len(refreshed) < 4 or skyvern.most < 2):
            found = database.execute("SELECT succeeded_at FROM dashboard_feed WHERE name = 'live'")
            refreshed |= {at for (at,) in found if at and skyvern.most}
            time.sleep(0.2)
        (done,) = database.execute(
            "SELECT count(*) FROM runs_jobitem WHERE state = 'done'"
        ).fetchone()
    assert len(refreshed) >= 4
    assert skyvern.most == THREADS // 2
    assert 0 < done < 160
