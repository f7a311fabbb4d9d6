"""Writes the mirrored workflows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched

from django.db.models import Q

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs.mirror.columns import Columns, of_workflow
from runs.mirror.fit import fit, is_id
from runs.mirror.writing import CHUNK, writing
from runs.models import Workflow

UNTOLD = ("raw", "modified_at")
"""Columns no list shows: a change in nothing else moves no revision."""
SEEN_EVERY = timedelta(minutes=10)
"""`seen_at` of a row that did not change is only kept this exact: it saves nearly all writes."""


def save_workflows(found: Sequence[schema.Workflow], *, seen_at: datetime) -> set[str]:
    """Mirror a page of full workflows; the ids that are new or changed."""
    changed: set[str] = set()
    wanted = [one for one in found if is_id(one.workflow_permanent_id)]
    for chunk in batched(wanted, CHUNK):
        seen = {one.workflow_permanent_id: of_workflow(one) for one in chunk}
        if _changes(seen, Workflow.objects.in_bulk(list(seen)), seen_at):
            with writing("workflows"):
                changed |= _write(seen, seen_at)
        touch_workflows(seen, seen_at)
    return changed


def touch_workflows(ids: Iterable[str], seen_at: datetime) -> None:
    """Note that upstream still has these, where the last such note is old (or of the future)."""
    stale = Q(seen_at=None) | ~Q(seen_at__range=(seen_at - SEEN_EVERY, seen_at + SEEN_EVERY))
    old = list(Workflow.objects.filter(stale, pk__in=ids).values_list("pk", flat=True))
    if old:
        with writing("workflows"):
            Workflow.objects.filter(pk__in=old).update(seen_at=seen_at)


def mark_workflows_deleted(ids: Iterable[str], at: datetime) -> None:
    """Upstream no longer has these; their runs stay."""
    with writing("workflows"):
        if Workflow.objects.filter(pk__in=ids, deleted_at=None).update(deleted_at=at):
            Revision.bump("workflows")


def ensure_workflows(titles: Mapping[str, str]) -> None:
    """Make a stub for each workflow that a run or schedule names and no list has told of."""
    known = set(Workflow.objects.filter(pk__in=titles).values_list("pk", flat=True))
    new = sorted(titles.keys() - known)
    stubs = [Workflow(wpid=wpid, **fit(Workflow, {"title": titles[wpid]})) for wpid in new]
    if stubs:
        with writing("workflows"):
            Workflow.objects.bulk_create(stubs, ignore_conflicts=True)
            Revision.bump("workflows")


def _write(seen: Mapping[str, Columns], seen_at: datetime) -> set[str]:
    known = Workflow.objects.select_for_update().in_bulk(list(seen))
    changes = _changes(seen, known, seen_at)
    if not changes:
        return set()
    fields = [*next(iter(seen.values())), "seen_at"]
    Workflow.objects.bulk_create(
        [workflow for workflow, _ in changes],
        update_conflicts=True,
        unique_fields=["wpid"],
        update_fields=fields,
    )
    if any(names - set(UNTOLD) for _, names in changes):
        Revision.bump("workflows")
    return {workflow.pk for workflow, _ in changes}


def _changes(
    seen: Mapping[str, Columns], known: Mapping[str, Workflow], seen_at: datetime
) -> list[tuple[Workflow, set[str]]]:
    """The rows to write, each with the names of its changed columns."""
    found = []
    for wpid, columns in seen.items():
        workflow = known.get(wpid) or Workflow(wpid=wpid)
        if _is_older(columns, workflow, seen_at):
            continue
        names = {name for name, value in columns.items() if getattr(workflow, name) != value}
        if wpid not in known or workflow.seen_at is None:
            names.add("seen_at")
        if names:
            for name in names & columns.keys():
                setattr(workflow, name, columns[name])
            workflow.seen_at = seen_at
            found.append((workflow, names))
    return found


def _is_older(columns: Columns, workflow: Workflow, seen_at: datetime) -> bool:
    """Versions count up; inside one, `modified_at` decides.

    A list asked for before the deletion does not bring a workflow back.
    """
    if workflow.deleted_at is not None and seen_at <= workflow.deleted_at:
        return True
    then, now = workflow.version or 0, columns["version"] or 0
    if now != then:
        return bool(now < then)
    told, had = columns["modified_at"], workflow.modified_at
    return told is not None and had is not None and bool(told < had)
