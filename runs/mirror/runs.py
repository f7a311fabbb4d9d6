"""Writes the mirrored runs, never backwards and only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched

from django.db.models import Q

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs.mirror.columns import Seen, of_answer, of_item, of_rich, of_row
from runs.mirror.fit import is_id
from runs.mirror.state import phase_of, supersedes
from runs.mirror.workflows import SEEN_EVERY, UNTOLD, ensure_workflows
from runs.mirror.writing import CHUNK, writing
from runs.models import Run, Workflow

OWN = ("run_id", "watched_at")
"""Columns that a change upstream never writes."""
FIELDS = [field.name for field in Run._meta.concrete_fields if field.name not in OWN]
WATCHED = timedelta(seconds=15)
RECENT = timedelta(days=1)


def save_runs(found: Sequence[schema.WorkflowRun], *, seen_at: datetime) -> set[str]:
    """Mirror rows of a workflow-run list; the ids that are new or changed."""
    return save([of_row(row) for row in found], seen_at)


def save_run_list(found: Sequence[schema.RunListItem], *, seen_at: datetime) -> set[str]:
    """Mirror rows of `/v1/runs`, which tell less; the ids that are new or changed."""
    return save([of_item(item) for item in found], seen_at)


def save_run(found: schema.Run, *, seen_at: datetime) -> Run:
    """Mirror one run as `GET /v1/runs/{id}`, a start or a retry answers it."""
    save([of_answer(found)], seen_at)
    return Run.objects.get(pk=found.run_id)


def save_answers(
    *, run: schema.Run | None, rich: schema.WorkflowRunDetail | None, seen_at: datetime
) -> set[str]:
    """Mirror what the two routes for one run answer, beyond its detail."""
    told = [of_rich(rich)] if rich is not None else []
    told += [of_answer(run)] if run is not None else []
    return save(told, seen_at)


def save(seen: Sequence[Seen], seen_at: datetime) -> set[str]:
    """Write what the answers change, each chunk in one transaction."""
    changed: set[str] = set()
    for chunk in batched((one for one in seen if is_id(one.run_id)), CHUNK):
        ids = {one.run_id for one in chunk}
        if _changes(chunk, Run.objects.in_bulk(ids), seen_at):
            with writing("runs"):
                changed |= _write(chunk, seen_at)
        touch_runs(ids, seen_at)
    return changed


def touch_runs(ids: Iterable[str], seen_at: datetime) -> None:
    """Note that upstream still has these, where the last such note is old (or of the future)."""
    stale = ~Q(seen_at__range=(seen_at - SEEN_EVERY, seen_at + SEEN_EVERY))
    old = list(Run.objects.filter(stale, pk__in=ids).values_list("pk", flat=True))
    if old:
        with writing("runs"):
            Run.objects.filter(pk__in=old).update(seen_at=seen_at)


def mark_missing(run_id: str, at: datetime) -> None:
    """Upstream no longer has this run; what is known of it stays."""
    with writing("runs"):
        found = Run.objects.filter(pk=run_id, missing_at=None)
        live = found.filter(phase=Run.Phase.LIVE).update(phase=Run.Phase.OTHER)
        if found.update(missing_at=at, changed_at=at, stuck_at=None) or live:
            Revision.bump("runs")


def _write(seen: Iterable[Seen], seen_at: datetime) -> set[str]:
    seen = list(seen)
    known = Run.objects.select_for_update().in_bulk({one.run_id for one in seen})
    changes = _changes(seen, known, seen_at)
    if not changes:
        return set()
    _name(changes, seen)
    Run.objects.bulk_create(
        [run for run, _ in changes.values()],
        update_conflicts=True,
        unique_fields=["run_id"],
        update_fields=FIELDS,
    )
    if any(names - set(UNTOLD) for _, names in changes.values()):
        Revision.bump("runs")
    return set(changes)


def _name(changes: Mapping[str, tuple[Run, set[str]]], seen: Iterable[Seen]) -> None:
    """Give each new run its workflow's row, and a title where the answer had none."""
    runs = [run for run, _ in changes.values() if run.workflow_id]
    told = {one.run_id: one.workflow_title for one in seen}
    ensure_workflows({run.workflow_id or "": told[run.run_id] for run in runs})
    untitled = {run.workflow_id: run for run in runs if not run.title}
    titles = Workflow.objects.filter(pk__in=untitled).values_list("pk", "title")
    for wpid, title in titles:
        for run in runs:
            if run.workflow_id == wpid and not run.title:
                run.title = title


def _changes(
    seen: Iterable[Seen], known: Mapping[str, Run], seen_at: datetime
) -> dict[str, tuple[Run, set[str]]]:
    """Id → the row to write and the names of its changed columns."""
    rows = dict(known)
    found: dict[str, tuple[Run, set[str]]] = {}
    for one in seen:
        created_at = one.fallback.get("created_at", seen_at)
        run = rows.setdefault(one.run_id, Run(run_id=one.run_id, created_at=created_at))
        is_new = not run.status
        was_live = is_new or run.is_live
        names = _apply(one, run) if is_new or supersedes(one.columns, run) else set()
        if names or run.missing_at is not None:
            _settle(run, seen_at, was_live=was_live)
            found[one.run_id] = (run, names | found.get(one.run_id, (run, set()))[1])
    return found


def _apply(one: Seen, run: Run) -> set[str]:
    """Set the columns that differ; their names."""
    values = {name: value for name, value in one.fallback.items() if not getattr(run, name)}
    values |= one.columns
    names = {name for name, value in values.items() if getattr(run, name) != value}
    for name in names:
        setattr(run, name, values[name])
    return names


def _settle(run: Run, seen_at: datetime, *, was_live: bool) -> None:
    """Derive what follows from a change.

    The detail is read again for a run that just ended or is being watched; not for the long
    history of a first walk, whose details are read when someone looks.
    """
    run.phase = phase_of(run.status, retry_pending=run.retry_pending, finished_at=run.finished_at)
    run.seen_at = run.changed_at = seen_at
    run.missing_at = run.stuck_at = None
    ended = was_live and run.is_final and seen_at - run.created_at < RECENT
    watched = run.watched_at is not None and seen_at - run.watched_at < WATCHED
    run.detail_due = run.detail_due or ended or watched
