"""Writes the mirrored runs, never backwards and only what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Q

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs.mirror import ends, failures, table, tallies
from runs.mirror.columns import Seen, of_answer, of_item, of_rich, of_row
from runs.mirror.fit import is_id
from runs.mirror.state import phase_of, supersedes
from runs.mirror.workflows import SEEN_EVERY, UNTOLD, ensure_workflows
from runs.mirror.writing import CHUNK, writing
from runs.models import Run, Workflow, place_of
from runs.words import indexed

WATCHED = timedelta(seconds=15)
RECENT = timedelta(days=1)
MILLISECOND, LONGEST_MS = timedelta(milliseconds=1), 10**15
GLANCE = 100
_worded = itemgetter("run_id", "title", "error_code", "failure_reason")
"""Of a run's columns those whose words a search finds, beside the values of parameters."""
_placed_by = itemgetter(*failures.PLACED_BY)


class Change(NamedTuple):
    """A row to write, what the hourly figures hold of it, the names of changed columns, and
    whether it has just ended."""

    run: Run
    before: tallies.Counted | None
    names: set[str]
    ended: bool


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
        written: set[str] = set()
        if _differ(chunk, seen_at):
            with writing("runs"):
                written = _write(chunk, seen_at)
        touch_runs({one.run_id for one in chunk} - written, seen_at)
        changed |= written
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
        run = Run.objects.filter(pk=run_id, missing_at=None).first()
        if run is None:
            return
        before = tallies.counted(run)
        run.missing_at, run.changed_at, run.stuck_at = at, at, None
        run.phase = Run.Phase.OTHER if run.is_live else run.phase
        run.save(update_fields=["missing_at", "changed_at", "stuck_at", "phase"])
        tallies.move([(before, tallies.counted(run))])
        Revision.bump("runs")


def save_launcher(run_id: str, user_id: int | None) -> None:
    """Note whose launch began this run, which only Skydeck knows; None for nobody's."""
    with writing("runs"):
        others = Run.objects.filter(pk=run_id).exclude(launched_by=user_id)
        if others.update(launched_by=user_id):
            Revision.bump("runs")


def _differ(seen: Iterable[Seen], seen_at: datetime) -> bool:
    """Whether anything is to be written: most answers tell nothing new, and then nobody waits for
    the writers' lock. Ends at the first difference, as all is read again under that lock."""
    for some in batched(seen, GLANCE):
        ids = {one.run_id for one in some}
        known = table.read(ids)
        if len(known) < len(ids) or _changes(some, known, seen_at):
            return True
    return False


def _write(seen: Iterable[Seen], seen_at: datetime) -> set[str]:
    seen = list(seen)
    known = table.read({one.run_id for one in seen}, lock=True)
    before = {run_id: run.__dict__.copy() for run_id, run in known.items()}
    changes = _changes(seen, known, seen_at)
    if not changes:
        return set()
    _name(changes, seen)
    runs = [change.run for change in changes.values()]
    _put(runs)
    _index([run for run in runs if _differs(run, before, _worded)])
    moves = failures.place([run for run in runs if _may_move(run, before)])
    table.write(runs, before)
    failures.settle(moves)
    ends.note([change.run for change in changes.values() if change.ended], seen_at)
    tallies.move((change.before, tallies.counted(change.run)) for change in changes.values())
    if any(change.names - set(UNTOLD) for change in changes.values()):
        Revision.bump("runs")
    return set(changes)


def _differs(
    run: Run,
    before: Mapping[str, table.Columns],
    some: Callable[[table.Columns], tuple[Any, ...]],
) -> bool:
    """Whether some of its columns are others than before; those of a new run are."""
    was = before.get(run.run_id)
    return was is None or some(was) != some(run.__dict__)


def _may_move(run: Run, before: Mapping[str, table.Columns]) -> bool:
    return run.failure_group_id is None or _differs(run, before, _placed_by)


def _put(runs: Iterable[Run]) -> None:
    """Give each new run its place, the next free one if another run has it."""
    new = [run for run in runs if run.place is None]
    places = [place_of(run) for run in new]
    taken = table.taken(places)
    for run, first in zip(new, places, strict=True):
        place = first
        while place in taken:
            place += 1
            taken |= table.taken([place])
        taken.add(place)
        run.place = place


def _index(runs: Iterable[Run]) -> None:
    for run in runs:
        run.words = indexed(*_worded(run.__dict__))


def _name(changes: Mapping[str, Change], seen: Iterable[Seen]) -> None:
    """Give each new run its workflow's row, and a title where the answer had none."""
    runs = [change.run for change in changes.values() if change.run.workflow_id]
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
) -> dict[str, Change]:
    rows = dict(known)
    found: dict[str, Change] = {}
    for one in seen:
        created_at = one.fallback.get("created_at", seen_at)
        run = rows.get(one.run_id) or table.new(one.run_id, created_at)
        rows[one.run_id] = run
        is_new = not run.status
        was_live = seen_at - created_at < RECENT if is_new else run.is_live
        before = None if is_new else tallies.counted(run)
        names = _apply(one, run) if is_new or supersedes(one.columns, run) else set()
        if names or run.missing_at is not None:
            ended = _settle(run, seen_at, was_live=was_live)
            if earlier := found.get(one.run_id):
                before, names = earlier.before, names | earlier.names
                ended = ended or earlier.ended
            found[one.run_id] = Change(run, before, names, ended)
    return found


def _apply(one: Seen, run: Run) -> set[str]:
    """Set the columns that differ; their names."""
    if not run.status:
        told = one.fallback | one.columns
        run.__dict__ |= told
        return set(told)
    row = run.__dict__
    values = {name: value for name, value in one.fallback.items() if not row[name]} | one.columns
    names = {name for name, value in values.items() if row[name] != value}
    row |= {name: values[name] for name in names}
    return names


def _settle(run: Run, seen_at: datetime, *, was_live: bool) -> bool:
    """Derive what follows from a change; whether the run has just ended.

    The detail is read again for a run that just ended or is being watched; not for the long
    history of a first walk (`was_live` is of the new ones for those of late), whose details are
    read when someone looks.
    """
    run.phase = phase_of(run.status, retry_pending=run.retry_pending, finished_at=run.finished_at)
    run.duration_ms = _milliseconds(run)
    run.seen_at = run.changed_at = seen_at
    run.missing_at = run.stuck_at = None
    ended = was_live and run.is_final
    watched = run.watched_at is not None and seen_at - run.watched_at < WATCHED
    run.detail_due = run.detail_due or ended or watched
    return ended


def _milliseconds(run: Run) -> int | None:
    spent = run.duration if run.is_final else None
    return None if spent is None else min(max(0, spent // MILLISECOND), LONGEST_MS)
