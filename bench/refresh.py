"""How long a change upstream takes to the database, and what the refresh asks when idle."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.figures import Measured, measured, report
from bench.stack import Stack, running
from dashboard.skyvern import schema

LEVELS = (1, 50, 500)
SAMPLES = 60
IDLE_SECONDS = 60
AT_ONCE = 6
"""Runs that are sampled at the same time, where others are live anyway."""
PATIENCE = 60.0


def measure() -> tuple[float, list[Measured]]:
    """Calls a minute when idle, and seconds from the answer upstream to the committed row."""
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var, running(Path(var)) as stack:
        agent = _agent(stack, "Slow crawl")
        _until(stack, lambda row: row[0] > 100, "SELECT count(*) FROM runs_run")
        calm = """SELECT count(*) FROM runs_run AS run WHERE detail_due
            AND NOT EXISTS (SELECT 1 FROM runs_rundetail AS read WHERE read.run_id = run.run_id)"""
        _until(stack, lambda row: row[0] == 0, calm)
        idle = _idle_calls(stack)
        found = [one for level in LEVELS for one in _at(stack, agent, level)]
    return idle, found


def _idle_calls(stack: Stack) -> float:
    before = stack.calls()
    time.sleep(IDLE_SECONDS)
    return (stack.calls() - before) * 60 / IDLE_SECONDS


def _at(stack: Stack, agent: str, level: int) -> list[Measured]:
    """With `level` live runs, one of which is the sampled one."""
    others = [_start(stack, agent) for _ in range(level - 1)]
    live = "SELECT count(*) FROM runs_run WHERE phase = 'live' AND workflow_id = ?"
    _until(stack, lambda row: row[0] >= level - 1, live, agent)
    with ThreadPoolExecutor(1 if level == 1 else AT_ONCE) as pool:
        pairs = list(pool.map(lambda _: _sample(stack, agent), range(SAMPLES)))
    for run_id in others:
        stack.api.cancel(run_id)
    _until(stack, lambda row: row[0] == 0, live, agent)
    return [
        measured(f"{level} live: a new run", [first for first, _ in pairs]),
        measured(f"{level} live: a live run ends", [second for _, second in pairs]),
    ]


def _sample(stack: Stack, agent: str) -> tuple[float, float]:
    """Start a run and cancel it, at moments that know nothing of the ticks."""
    time.sleep(random.uniform(0, 2))
    run_id = _start(stack, agent)
    status = "SELECT status FROM runs_run WHERE run_id = ?"
    appeared = _until(stack, lambda row: True, status, run_id)
    time.sleep(random.uniform(0, 2))
    stack.api.cancel(run_id)
    ended = _until(stack, lambda row: row[0] == "canceled", status, run_id)
    return appeared, ended


def _start(stack: Stack, agent: str) -> str:
    return stack.api.start(schema.RunRequest(workflow_id=agent)).run_id


def _agent(stack: Stack, title: str) -> str:
    return next(one.workflow_permanent_id for one in stack.api.workflows() if one.title == title)


def _until(stack: Stack, wanted: Callable[[tuple[Any, ...]], bool], *query: str) -> float:
    """Seconds until the first row of the query is as wanted."""
    began = time.monotonic()
    with closing(sqlite3.connect(stack.database, timeout=20, isolation_level=None)) as database:
        while time.monotonic() - began < PATIENCE:
            row = database.execute(query[0], query[1:]).fetchone()
            if row is not None and wanted(row):
                return time.monotonic() - began
            time.sleep(0.01)
    raise RuntimeError(f"not within {PATIENCE:.0f} s: {' '.join(query)}")


def run() -> None:
    """Measure, print, and keep the figures as JSON."""
    idle, latency = measure()
    report("refresh", "Upstream change -> database", latency, idle_API_calls_per_minute=idle)
