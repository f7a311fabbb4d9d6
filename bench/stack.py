"""A private Skydeck without its web part: sandbox, worker and beat, each a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dashboard.skyvern import Skyvern
from ops.ports import any_free

ROOT = Path(__file__).parents[1]
OURS = ("DJANGO_", "SKYVERN_", "SKYDECK_", "DATABASE_", "BROKER_", "PUBLIC_", "CELERY_")


@dataclass(frozen=True)
class Stack:
    url: str
    database: Path
    access_log: Path
    api: Skyvern

    def calls(self) -> int:
        """Calls that reached the sandbox until now."""
        with self.access_log.open() as lines:
            return sum(" /v1/" in line for line in lines)


@contextmanager
def running(var: Path) -> Iterator[Stack]:
    """The stack in the folder `var`, until the block ends."""
    port = any_free()
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    env |= {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "SKYDECK_VAR": str(var),
        "SKYDECK_SANDBOX_PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    access_log = var / "access.log"
    access_log.touch()
    url = f"http://127.0.0.1:{port}"
    serve = ["gunicorn", "dashboard.sandbox.wsgi:app", "--bind", f"127.0.0.1:{port}"]
    serve += ["--threads", "8", "--access-logfile", str(access_log), "--log-level", "warning"]
    celery = ["celery", "-q", "-A", "dashboard.celery"]
    work = [*celery, "worker", "-P", "threads", "-c", "4", "--loglevel", "WARNING"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=env, check=True
    )
    with program(serve, env), program(work, env), program(beat, env):
        wait_for(f"{url}/v1/version")
        with closing(Skyvern(url, "sandbox")) as api:
            yield Stack(url, var / "skydeck.sqlite3", access_log, api)


@contextmanager
def program(module: list[str], env: dict[str, str]) -> Iterator[None]:
    """`python -m module …` in a process of its own, until the block ends."""
    child = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=env)
    try:
        yield
    finally:
        child.terminate()
        child.wait(30)


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(url, timeout=1)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")
