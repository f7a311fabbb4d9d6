"""Runs a bench on each database, in a process of its own: settings are read once for a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from bench.figures import keep
from bench.stack import ROOT
from ops import services


def on_each(module: str, *args: object, **env: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(database, what `python -m module args` printed as JSON in its last line), one by one."""
    with ExitStack() as stack:
        services.install_missing(database=True, redis=False)
        urls = {"SQLite": "", "PostgreSQL": stack.enter_context(services.postgres())}
        for name, url in urls.items():
            yield name, _run(module, url, [str(arg) for arg in args], env)


def report_each(bench: str, title: str, *args: object, **env: str) -> None:
    """Measure with `python -m bench.BENCH args` on each, print the figures, and keep them."""
    kept = {}
    for name, found in on_each(f"bench.{bench}", *args, **env):
        kept[name] = found
        print(f"\n{title}, {name}")
        for what, figure in found.items():
            print(f"  {what.replace('_', ' '):<58}{figure:>10,.1f}", flush=True)
    keep(bench, kept)


def _run(module: str, url: str, args: list[str], more: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var:
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        env |= {"SKYDECK_VAR": var, **({"DATABASE_URL": url} if url else {}), **more}
        asked = [sys.executable, "-m", module, *args]
        done = subprocess.run(asked, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
