"""How fast the mirror writes runs: many at once, and page by page as it walks a long history.

`python -m bench.mirror RUNS` measures on the database of its environment, and prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench import history
from bench.databases import report_each
from bench.stack import program, wait_for
from bench.web import settle_into
from ops.ports import any_free

if TYPE_CHECKING:
    from dashboard.skyvern.schema import WorkflowRun

CHUNK = 2000


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    runs = 4_000 if quick else 100_000
    report_each("mirror", f"Mirror, {runs:,} runs", runs, SKYVERN_RATE="0")


def measure(runs: int) -> dict[str, float]:
    var, port = Path(os.environ["SKYDECK_VAR"]), any_free()
    os.environ |= {"SKYVERN_BASE_URL": f"http://127.0.0.1:{port}", "SKYVERN_API_KEY": "bench"}
    settle_into(var)
    known = range(runs)
    new = _saved_per_second(history.chunks(known, CHUNK))
    unchanged = _saved_per_second(history.chunks(known, CHUNK))
    changed = _saved_per_second(history.chunks(known, CHUNK, modified=timedelta(seconds=1)))
    serving = ["gunicorn", f"bench.history:serving({runs}, {runs})", "--threads", "2"]
    serving += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with program(serving, dict(os.environ)):
        wait_for(os.environ["SKYVERN_BASE_URL"])
        walked = _back_fill(runs)
    return {
        "new_runs_saved_per_second": new,
        "changed_runs_saved_per_second": changed,
        "unchanged_runs_looked_at_per_second": unchanged,
        **walked,
    }


def _saved_per_second(chunks: Iterable[list[WorkflowRun]]) -> float:
    from runs import mirror

    runs, spent = 0, 0.0
    for chunk in chunks:
        begun = time.perf_counter()
        mirror.save_runs(chunk, seen_at=datetime.now(UTC))
        spent += time.perf_counter() - begun
        runs += len(chunk)
    return runs / spent


def _back_fill(runs: int) -> dict[str, float]:
    """Walk the whole history as the beat has it walked, without the pauses between portions."""
    from dashboard import feeds
    from dashboard.connect import connect
    from runs.tasks import history as walk

    begun, sizes = time.perf_counter(), [_megabytes()]
    done, page = False, 0
    while not done:
        with feeds.claim("history") as lease:
            if lease is None:
                raise RuntimeError("the lease of the history is not free")
            walk.walk(lease)
            done, page = lease.cursor.get("done", False), lease.cursor["page"]
        sizes.append(_megabytes())
    spent = time.perf_counter() - begun
    begun = time.perf_counter()
    for number in range(1, page + 1):
        connect().workflow_runs(page=number, page_size=walk.PAGE)
    calls = time.perf_counter() - begun
    return {
        "runs_back_filled_per_second": runs / spent,
        "of_that_time_the_calls_alone_take_percent": 100 * calls / spent,
        "megabytes_after_a_tenth_of_the_back_fill": sizes[len(sizes) // 10],
        "megabytes_at_its_end": sizes[-1],
    }


def _megabytes() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
