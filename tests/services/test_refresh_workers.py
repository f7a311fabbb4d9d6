"""Two workers on real PostgreSQL and Redis: nothing lost, nothing doubled, a killed one followed.

`DATABASE_URL` and `BROKER_URL` name the services; the workers run as processes of their own.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings
from django.db import connection

from dashboard import feeds
from dashboard.sandbox import Sandbox
from dashboard.skyvern import Skyvern, schema
from runs import mirror
from runs.models import Run
from tests.runs.test_mirror_order import T0, life

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name upstream
        return


@dataclass(frozen=True)
class Server:
    sandbox: Sandbox
    api: Skyvern
    url: str


@pytest.fixture
def server() -> Iterator[Server]:
    """A sandbox behind a socket, which other processes reach."""
    sandbox = Sandbox(history=30)
    with make_server("127.0.0.1", 0, sandbox, WSGIServer, Quiet) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{http.server_port}"
        api = Skyvern(url, sandbox.api_key)
        yield Server(sandbox, api, url)
        api.close()
        http.shutdown()
        thread.join()


@pytest.fixture
def processes(server: Server, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """`processes("worker")` or `("beat")` starts one on the test's own database."""
    database = connection.settings_dict
    where = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{where}",
        "BROKER_URL": settings.CELERY_BROKER_URL,
        "SKYVERN_API_KEY": "sandbox",
        "SKYVERN_BASE_URL": server.url,
        "SKYDECK_VAR": str(tmp_path),
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(role: str) -> subprocess.Popen[bytes]:
        name = f"--hostname={role}{len(started)}@test" if role == "worker" else "--pidfile="
        pool = ["-P", "threads", "-c", "4"] if role == "worker" else []
        command = [sys.executable, "-m", "celery", "-q", "-A", "dashboard.celery", role]
        started.append(
            subprocess.Popen([*command, *pool, name, "-l", "WARNING"], cwd=ROOT, env=env)
        )
        return started[-1]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def wait_for(what: str, look: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_two_workers_and_a_killed_one_lose_no_run_and_double_none(
    server: Server, processes: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    sandbox, api = server.sandbox, server.api
    processes("beat")
    doomed = processes("worker")
    processes("worker")
    agent = sandbox.agents["Price feed"]
    wait_for("the history is there", lambda: Run.objects.count() >= 30)
    started = {api.start(schema.RunRequest(workflow_id=agent)).run_id for _ in range(40)}
    wait_for("some appeared", lambda: Run.objects.filter(pk__in=started).exists())
    doomed.send_signal(signal.SIGKILL)
    started |= {api.start(schema.RunRequest(workflow_id=agent)).run_id for _ in range(10)}
    sandbox.advance(3600)
    ended = Run.objects.filter(pk__in=started, status="completed")
    wait_for("all ended", lambda: ended.count() == 50)
    upstream = {row.workflow_run_id for row in api.workflow_runs(page_size=1000)}
    wait_for("all are there", lambda: set(Run.objects.values_list("pk", flat=True)) == upstream)


def test_writers_at_once_never_write_backwards() -> None:
    answers = life(attempts=3, ending="completed", pauses=2)

    def write(seed: int) -> None:
        shuffled = answers[:]
        Random(seed).shuffle(shuffled)
        for answer in shuffled:
            mirror.save_runs([answer], seen_at=T0)
        connection.close()

    at_once([partial(write, seed) for seed in range(6)])
    run = Run.objects.get()
    assert (run.status, run.attempt, run.modified_at) == ("completed", 3, answers[-1].modified_at)


def test_of_many_workers_exactly_one_gets_the_lease() -> None:
    gate, got = threading.Barrier(6), []

    def work() -> None:
        gate.wait()
        with feeds.claim("live") as lease:
            got.append(lease is not None)
            time.sleep(0.5)
        connection.close()

    at_once([work] * 6)
    assert sorted(got) == [False] * 5 + [True]


def at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
