"""Puts each failed run into the group of its failure, and keeps what the groups tell true.

A list tells the reason but not which block failed; that is in a run's detail. A run goes into the
first group of its agent and reason. Where the detail is read later, that group takes the block's
label if it has none yet; if it has another one, the run moves into a group of its own block.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.models import Revision
from dashboard.rows import among, execute, fields, reader
from runs import reasons
from runs.mirror.sums import add
from runs.mirror.writing import CHUNK, writing
from runs.models import FailureDay, FailureGroup, Run, RunDetail
from runs.models.run import SPARSE
from runs.timeline import shape

LONGEST_REASON, LONGEST_LABEL = 1_000, 200
PLACED_BY = ("phase", "workflow_id", "failure_reason")
"""Columns that say which group a run is in."""
_READ = ("id", "key", "merged_into", "state", "state_at", "first_at", "last_at", "newest", "reason")
_fields = fields(FailureGroup, *_READ)
_columns = ", ".join(str(field.column) for field in _fields)
_written = fields(FailureGroup, "id", "runs", "first_at", "last_at", "newest", "reason")


_made: list[Any] = [field for field in FailureGroup._meta.concrete_fields if not field.primary_key]
_INSERT = f"""
    INSERT INTO runs_failuregroup ({", ".join(str(field.column) for field in _made)}) {{told}}
"""
_SET = """
    WITH told (id, runs, first_at, last_at, newest, reason) AS ({told})
    UPDATE runs_failuregroup AS one
    SET runs = one.runs + told.runs, first_at = told.first_at, last_at = told.last_at,
        newest = told.newest, reason = told.reason
    FROM told WHERE one.id = told.id
"""


@dataclass
class Known:
    """What a move looks at of a group, read past the ORM, which takes twice as long."""

    pk: int
    key: str
    merged_into_id: int | None
    state: str
    state_at: datetime | None
    first_at: datetime
    last_at: datetime
    newest: str
    reason: str


@dataclass(frozen=True)
class Move:
    """A run that left one group (id) for another; None for no group.

    `known`: what has just been read of the other, if it has.
    """

    run: Run
    before: int | None
    after: int | None
    known: Known | None = None


def key_of(workflow_id: str | None, said: str) -> str:
    """The same for runs of one agent whose reasons have one shape."""
    return hashlib.sha256(f"{workflow_id or ''}\n{said}".encode()).hexdigest()[:32]


def place(runs: Sequence[Run]) -> list[Move]:
    """Give the runs, which are about to be written, their groups; within `writing`."""
    wanted: dict[str, tuple[str, str]] = {}
    for run in runs:
        if run.phase == Run.Phase.FAILED:
            said = reasons.shape(run.failure_reason)
            wanted[run.run_id] = key_of(run.workflow_id, said), said
    if not wanted and all(run.failure_group_id is None for run in runs):
        return []
    groups = _by_key({key for key, _ in wanted.values()})
    missing = {
        wanted[run.run_id]: run
        for run in runs
        if run.run_id in wanted and wanted[run.run_id][0] not in groups
    }
    _make(_new(key, said, run) for (key, said), run in missing.items())
    groups |= _by_key({key for key, _ in missing})
    moves = []
    for run in runs:
        key, _ = wanted.get(run.run_id, ("", ""))
        candidates = groups.get(key, [])
        after = _chosen(candidates, run.failure_group_id)
        if after != run.failure_group_id:
            known = next((one for one in candidates if one.pk == after), None)
            moves.append(Move(run, run.failure_group_id, after, known))
            run.failure_group_id = after
    return moves


def _make(groups: Iterable[FailureGroup]) -> None:
    rows = [[getattr(group, field.attname) for field in _made] for group in groups]
    if rows:
        with connection.cursor() as cursor:
            execute(cursor, _INSERT, _made, rows)


def _by_key(keys: set[str]) -> dict[str, list[Known]]:
    """Of each key the one that was there first at the head."""
    found: dict[str, list[Known]] = {}
    for group in _known("key", keys):
        found.setdefault(group.key, []).append(group)
    return found


def _known(column: str, wanted: Collection[Any]) -> Iterator[Known]:
    readers = [(at, to) for at, field in enumerate(_fields) if (to := reader(field))]
    for row in among(_columns, column, wanted, " ORDER BY id", table="runs_failuregroup"):
        values = list(row)
        for at, read_as in readers:
            if values[at] is not None:
                values[at] = read_as(values[at])
        yield Known(*values)


def _chosen(groups: list[Known], now: int | None) -> int | None:
    """The group that the run is in, if it may be in that one; else the first."""
    ids = [group.merged_into_id or group.pk for group in groups]
    return now if now in ids else next(iter(ids), None)


def _new(key: str, said: str, run: Run, block: str = "") -> FailureGroup:
    return FailureGroup(
        key=key,
        block=block,
        workflow_id=run.workflow_id,
        shape=said,
        reason=_reason(run),
        first_at=run.created_at,
        last_at=run.created_at,
        newest=run.run_id,
    )


def _reason(run: Run) -> str:
    return reasons.sentence(run.failure_reason)[:LONGEST_REASON]


@dataclass
class _Change:
    """What moves do to one group."""

    runs: int = 0
    came: list[Run] = field(default_factory=list)
    left: list[Run] = field(default_factory=list)


def settle(moves: Iterable[Move]) -> None:
    """Count the moves, once the runs are written; within the same `writing`."""
    changes: defaultdict[int, _Change] = defaultdict(_Change)
    days: defaultdict[tuple[int, date], int] = defaultdict(int)
    known: dict[int, Known] = {}
    for move in moves:
        if move.known is not None:
            known[move.known.pk] = move.known
        day = move.run.created_at.astimezone(UTC).date()
        for group, sign in ((move.before, -1), (move.after, 1)):
            if group is not None:
                days[group, day] += sign
                changes[group].runs += sign
                (changes[group].came if sign > 0 else changes[group].left).append(move.run)
    if not changes:
        return
    add(FailureDay, ("group", "day"), ("runs",), [(*key, n) for key, n in days.items() if n])
    known |= {group.pk: group for group in _known("id", changes.keys() - known.keys())}
    groups = [known[pk] for pk in changes if pk in known]
    rows = [_row(group, changes[group.pk]) for group in groups]
    with connection.cursor() as cursor:
        execute(cursor, _SET, _written, rows)
    _come_back(groups, changes)
    Revision.bump("failures")


def _row(group: Known, change: _Change) -> tuple[Any, ...]:
    first, last, newest, reason = group.first_at, group.last_at, group.newest, group.reason
    if any(run.run_id == newest or run.created_at <= first for run in change.left):
        members = Run.objects.filter(SPARSE["failure_group"], failure_group=group.pk)
        if (newest_run := members.order_by("-place").first()) is not None:
            first = members.order_by("place").values_list("created_at", flat=True)[0]
            last, newest, reason = newest_run.created_at, newest_run.run_id, _reason(newest_run)
    for run in change.came:
        first = min(first, run.created_at)
        if run.created_at >= last:
            last, newest, reason = run.created_at, run.run_id, _reason(run)
    return group.pk, change.runs, first, last, newest, reason


def _come_back(groups: Iterable[Known], changes: dict[int, _Change]) -> None:
    """What was resolved and failed again after that is said to be back."""
    back = [
        group.pk
        for group in groups
        if group.state == FailureGroup.State.RESOLVED
        and group.state_at is not None
        and any(run.created_at > group.state_at for run in changes[group.pk].came)
    ]
    if back:
        resolved = FailureGroup.objects.filter(pk__in=back, state=FailureGroup.State.RESOLVED)
        resolved.update(state=FailureGroup.State.BACK, state_at=timezone.now())


def name_block(run: Run) -> None:
    """Note at which block a run failed, now that its detail tells; within `writing`."""
    group = run.failure_group
    if group is None or not (label := failing_block(run.pk)) or group.block == label:
        return
    said = reasons.shape(run.failure_reason)
    if key_of(run.workflow_id, said) != group.key:
        return  # merged by hand: several blocks are meant to be one
    other = FailureGroup.objects.filter(key=group.key, block=label).first()
    if other is None and not group.block:
        group.block = label
        group.save(update_fields=["block"])
        Revision.bump("failures")
        return
    if other is None:
        other = _new(group.key, said, run, label)
        other.save()
    after = other.merged_into_id or other.pk
    if after != group.pk:
        _move([run], group.pk, after)


def merge(source: FailureGroup, target: FailureGroup) -> None:
    """Take two groups for one failure: all runs of the first, now and later, go to the other."""
    with writing("runs"):
        members = list(_members(source))
        FailureGroup.objects.filter(merged_into=source).update(merged_into=target)
        FailureGroup.objects.filter(pk=source.pk).update(merged_into=target)
        _move(members, source.pk, target.pk)


def part(source: FailureGroup) -> None:
    """Undo a merge: the runs whose own group this is come back."""
    target = source.merged_into
    if target is None:
        return
    with writing("runs"):
        FailureGroup.objects.filter(pk=source.pk).update(merged_into=None)
        same_key = target.key == source.key
        own = [
            run
            for run in _members(target)
            if key_of(run.workflow_id, reasons.shape(run.failure_reason)) == source.key
            and (not same_key or failing_block(run.pk) == source.block)
        ]
        _move(own, target.pk, source.pk)


def _members(group: FailureGroup) -> QuerySet[Run]:
    fields = ("run_id", "place", "created_at", "workflow_id", "failure_reason")
    return Run.objects.filter(SPARSE["failure_group"], failure_group=group).only(*fields)


def _move(runs: Sequence[Run], before: int, after: int) -> None:
    for some in batched((run.pk for run in runs), CHUNK):
        Run.objects.filter(pk__in=some).update(failure_group=after)
    settle(Move(run, before, after) for run in runs)
    Revision.bump("runs")


def failing_block(run_id: str) -> str:
    """The label of the block that failed, as the run's detail tells it; "" if none was read."""
    timeline = RunDetail.objects.filter(pk=run_id).values_list("timeline", flat=True).first()
    path = shape(timeline or [], now=timezone.now()).failing
    labels = [step.title for step in path if step.kind == "block"]
    return labels[-1][:LONGEST_LABEL] if labels else ""
