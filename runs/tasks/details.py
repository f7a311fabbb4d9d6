"""Reads the heavy part of the runs that someone will look at, in bounded portions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern.errors import (
    Forbidden,
    NotFound,
    Rejected,
    SkyvernError,
    Unavailable,
    Unsupported,
)
from runs import mirror
from runs.mirror.runs import WATCHED
from runs.models import Artifact, Run
from runs.tasks import tags
from runs.tasks.keeping import finding

TYPES = (
    "recording",
    "screenshot_action",
    "screenshot_final",
    "screenshot_llm",
    "browser_console_log",
    "har",
    "trace",
    "skyvern_log",
    "download",
    "pdf",
    "html_scrape",
)
"""Artifacts worth showing; a run can have hundreds of others."""
MOST_RUNS = 8
MOST_SECONDS = 5.0
CANDIDATES = 200
RECORDED = timedelta(seconds=5)
"""The recording is complete a second after the end, mostly: so the run is read once more."""
CLOSED = timedelta(seconds=30)
"""Console log and HAR come when the browser is closed, some ten seconds after the end."""
LEFT_OFF = timedelta(minutes=3)
"""A canceled run goes on with its block, and a busy server closes its browsers late: what they
leave comes then."""
AGAIN_AFTER_ERROR = timedelta(seconds=30)
GIVE_UP = timedelta(minutes=10)
"""A reading that keeps failing is not repeated for longer than this after the last change."""

type Call = Callable[..., Any]


def due() -> list[str]:
    """The runs to read now: those that are watched first, then the newest that ended."""
    now = timezone.now()
    watched = Run.objects.live().filter(watched_at__range=(now - WATCHED, now + WATCHED))
    found = list(watched.values_list("run_id", flat=True)[:MOST_RUNS])
    ended = Run.objects.filter(detail_due=True).select_related("detail").newest()
    candidates = list(ended.defer("raw", "detail__outputs", "detail__timeline")[:CANDIDATES])
    logged = _logged(candidates)
    for run in candidates:
        if run.run_id not in found and _is_time(run, now, is_logged=run.run_id in logged):
            found.append(run.run_id)
    return found[:MOST_RUNS]


def refresh(lease: Lease) -> None:
    """Read what is due. One run that cannot be read does not keep the others waiting."""
    stop, failed = time.monotonic() + MOST_SECONDS, None
    done: list[str] = []
    for run_id in due():
        if time.monotonic() > stop:
            break
        try:
            _read(run_id, lease.call)
            done.append(run_id)
        except (Unavailable, Forbidden) as exc:
            failed = exc
    if failed and not done:
        raise failed
    ended = Run.objects.filter(pk__in=done).exclude(phase=Run.Phase.LIVE)
    tags.refresh(lease, ended.values_list("pk", flat=True))


def read(run_id: str) -> None:
    """Read one run with its timeline, files and tags, and mirror what came.

    NotFound if upstream lacks it; the first error if neither answer about it came.
    """
    _read(run_id, _plainly)
    tags.read([run_id], _plainly)


def _read(run_id: str, call: Call) -> None:
    api, asked = connect(), timezone.now()
    errors: list[SkyvernError] = []
    is_workflow_run = run_id.startswith("wr_")
    rich = _part(errors, call, api.workflow_run, run_id) if is_workflow_run else None
    run = _part(errors, call, api.run, run_id)
    reachable = run is not None or rich is not None
    if not reachable and not errors:
        raise NotFound("Skyvern does not have this run (any more).")
    timeline = _part(errors, call, api.timeline, run_id, absent=[]) if reachable else None
    artifacts = _part(errors, call, api.artifacts, run_id, TYPES) if reachable else None
    mirror.save_detail(
        run_id,
        run=run,
        rich=rich,
        timeline=timeline,
        artifacts=artifacts,
        seen_at=asked,
        error=" ".join(dict.fromkeys(error.message for error in errors)),
    )
    _note_read(run_id, asked, complete=not errors)
    finding.enrol([run_id])
    if not reachable:
        raise errors[0]


def _plainly(ask: Call, *args: Any) -> Any:
    return ask(*args)


def _part(errors: list[SkyvernError], call: Call, ask: Call, *args: Any, absent: Any = None) -> Any:
    """The answer; `absent` if there is none to have; None and one more error if it failed."""
    try:
        return call(ask, *args)
    except (NotFound, Unsupported, Rejected):
        return absent
    except SkyvernError as exc:
        errors.append(exc)
        return None


def _logged(runs: Iterable[Run]) -> set[str]:
    """Those that have what Skyvern writes when it closes their browser."""
    return set(Artifact.objects.filter(run__in=runs, type="har").values_list("run_id", flat=True))


def _moments(run: Run, *, is_logged: bool) -> tuple[datetime, ...]:
    """When a run is read after its last change; once, if what comes late has come long since."""
    is_old = run.ended_at is not None and run.changed_at - run.ended_at > LEFT_OFF
    if run.is_live or is_old:
        return (run.changed_at,)
    waits = [timedelta(0), RECORDED, CLOSED]
    if run.status == "canceled" or not is_logged:
        waits.append(LEFT_OFF)
    return tuple(run.changed_at + wait for wait in waits)


def _is_time(run: Run, now: datetime, *, is_logged: bool) -> bool:
    detail = getattr(run, "detail", None)
    if detail is None:
        return True
    if detail.error or run.changed_at > now:
        return bool(abs(now - detail.fetched_at) >= AGAIN_AFTER_ERROR)
    moments = _moments(run, is_logged=is_logged)
    return any(detail.fetched_at < moment <= now for moment in moments)


def _note_read(run_id: str, asked: datetime, *, complete: bool) -> None:
    """Nothing more is due, unless it changed meanwhile or is to be read once more."""
    run = Run.objects.filter(pk=run_id, detail_due=True).defer("raw").first()
    if run is None:
        return
    moments = _moments(run, is_logged=bool(_logged([run])))
    last = moments[-1] if complete else run.changed_at + GIVE_UP
    if asked >= last or run.changed_at > timezone.now():
        Run.objects.filter(pk=run_id, changed_at=run.changed_at).update(detail_due=False)
