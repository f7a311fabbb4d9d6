"""Follows the runs that are going on: one list call, single calls only for those it lacks."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern.errors import NotFound, Unsupported
from runs import mirror
from runs.mirror.state import LIVE
from runs.models import Run

LARGEST_PAGE = 1000
LARGEST_RUN_PAGE = 100
SINGLE_CALLS = 10
"""Runs asked for one by one in a tick, at most."""
NEWEST_PAGES = 4
"""Read in a tick at most, to find many that ended together."""
GONE_AFTER = timedelta(seconds=60)
"""A live run is missing when it was not found now, nor this long ago."""


def refresh(lease: Lease) -> None:
    asked = timezone.now()
    live = dict(Run.objects.live().values_list("run_id", "next_attempt_at"))
    tasks = {run_id for run_id in live if not run_id.startswith("wr_")}
    absent = live.keys() - tasks - _listed_workflow_runs(lease, len(live))
    if tasks:
        absent |= tasks - _listed_tasks(lease)
    waiting = {run_id for run_id in absent if (at := live[run_id]) is not None and at > asked}
    _find(lease, absent - waiting)


def _listed_workflow_runs(lease: Lease, expected: int) -> set[str]:
    """Mirror all live workflow runs; their ids."""
    size = min(LARGEST_PAGE, max(100, 2 * expected))
    found: set[str] = set()
    for page in range(1, 101):
        asked = timezone.now()
        rows = lease.call(connect().workflow_runs, page=page, page_size=size, status=LIVE)
        mirror.save_runs(rows, seen_at=asked)
        found |= {row.workflow_run_id for row in rows}
        if len(rows) < size:
            break
    return found


def _listed_tasks(lease: Lease) -> set[str]:
    """Mirror all live runs of `/v1/runs`, which is where task runs are; their ids."""
    found: set[str] = set()
    for page in range(1, 101):
        asked = timezone.now()
        rows = lease.call(connect().runs, page=page, page_size=LARGEST_RUN_PAGE, status=LIVE)
        mirror.save_run_list(rows, seen_at=asked)
        found |= {row.run_id for row in rows}
        if len(rows) < LARGEST_RUN_PAGE:
            break
    return found


def _find(lease: Lease, absent: set[str]) -> None:
    """These have ended (or wait for a retry): newest pages show most, ask for the others."""
    if any(run_id.startswith("wr_") for run_id in absent):
        absent = absent - _seen_on_newest_pages(lease, absent)
    gone: dict[str, str] = lease.cursor.get("gone", {})
    lease.cursor["gone"] = {run_id: at for run_id, at in gone.items() if run_id in absent}
    for run_id in _some(sorted(absent)):
        if not ask(lease, run_id):
            _not_found(lease, run_id)


def _seen_on_newest_pages(lease: Lease, absent: set[str]) -> set[str]:
    """Mirror one newest page, and more while too many are left to ask for one by one."""
    size = 100 if len(absent) <= 50 else 500
    found: set[str] = set()
    for page in range(1, NEWEST_PAGES + 1):
        asked = timezone.now()
        rows = lease.call(connect().workflow_runs, page=page, page_size=size)
        mirror.save_runs(rows, seen_at=asked)
        found |= {row.workflow_run_id for row in rows}
        if len(rows) < size or len(absent - found) <= SINGLE_CALLS:
            break
    return found


def _some(ids: Sequence[str]) -> list[str]:
    """At most a tick's worth, others the next time."""
    return random.sample(ids, min(len(ids), SINGLE_CALLS))


def ask(lease: Lease, run_id: str) -> bool:
    """Mirror one run by its id; whether upstream has it."""
    api, asked = connect(), timezone.now()
    rich = None
    if run_id.startswith("wr_"):
        rich = _or_none(lease, api.workflow_run, run_id)
    run = _or_none(lease, api.run, run_id) if rich is None else None
    mirror.save_answers(run=run, rich=rich, seen_at=asked)
    return run is not None or rich is not None


def _or_none[T](lease: Lease, get: Callable[[str], T], run_id: str) -> T | None:
    try:
        return lease.call(get, run_id)
    except (NotFound, Unsupported):
        return None


def _not_found(lease: Lease, run_id: str) -> None:
    now = timezone.now()
    since = datetime.fromisoformat(lease.cursor["gone"].setdefault(run_id, now.isoformat()))
    if abs(now - since) >= GONE_AFTER:
        mirror.mark_missing(run_id, now)
        del lease.cursor["gone"][run_id]
