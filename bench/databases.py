"""Runs a bench on each database, in a process of its own: settings are read once for a process.

All benches of one call share a PostgreSQL, in which each gets a copy of a migrated database.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from typing import Any

import psycopg

from bench.figures import keep
from bench.stack import ROOT
from ops import services


def on_each(module: str, *args: object, **env: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(database, what `python -m module args` printed as JSON in its last line), one by one."""
    asked = [sys.executable, "-m", module, *map(str, args)]
    yield "SQLite", _run(asked, env)
    with _copy(module.rpartition(".")[2]) as url:
        yield "PostgreSQL", _run(asked, {"DATABASE_URL": url, **env})


def report_each(bench: str, title: str, *args: object, **env: str) -> None:
    """Measure with `python -m bench.BENCH args` on each, print the figures, and keep them."""
    kept = {}
    for name, found in on_each(f"bench.{bench}", *args, **env):
        kept[name] = found
        print(f"\n{title}, {name}")
        for what, figure in found.items():
            print(f"  {what.replace('_', ' '):<58}{figure:>10,.1f}", flush=True)
    keep(bench, kept)


def _run(asked: list[str], more: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var:
        env = {**os.environ, "SKYDECK_VAR": var, **more}
        done = subprocess.run(asked, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _copy(name: str) -> Iterator[str]:
    """The URL of a migrated database of that name, until the block ends."""
    server, _, migrated = _migrated().rpartition("/")
    with closing(psycopg.connect(f"{server}/postgres", autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _migrated() -> str:
    """The URL of an empty, migrated database in a PostgreSQL that ends with this process."""
    services.install_missing(database=True, redis=False)
    stack = ExitStack()
    url = stack.enter_context(services.postgres())
    atexit.register(stack.close)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    with tempfile.TemporaryDirectory() as var:
        env = {**os.environ, "DATABASE_URL": url, "SKYDECK_VAR": var}
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    return url
