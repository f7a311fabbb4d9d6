"""The only writer of mirrored schedules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs.mirror import ensure_workflows
from runs.mirror.fit import fit, is_id
from runs.mirror.writing import writing
from schedules.models import Schedule

FIELDS = [field.name for field in Schedule._meta.concrete_fields if not field.primary_key]


def save_schedules(found: Sequence[schema.Schedule], *, seen_at: datetime) -> set[str]:
    """Mirror rows of the organisation's list; the ids that are new or changed."""
    seen = {
        one.workflow_schedule_id: (of_schedule(one), one.workflow_title or "")
        for one in found
        if is_id(one.workflow_schedule_id) and is_id(one.workflow_permanent_id)
    }
    if not _changes(seen, Schedule.objects.in_bulk(list(seen)), seen_at):
        return set()
    with writing("schedules"):
        known = Schedule.objects.select_for_update().in_bulk(list(seen))
        changed = _changes(seen, known, seen_at)
        if not changed:
            return set()
        ensure_workflows({one.workflow_id: seen[one.pk][1] for one in changed})
        Schedule.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["schedule_id"],
            update_fields=FIELDS,
        )
        Revision.bump("schedules")
    return {one.pk for one in changed}


def save_schedule(
    found: schema.Schedule, *, next_run: datetime | None, seen_at: datetime
) -> Schedule:
    """Mirror one schedule as creating, changing or reading it answers."""
    save_schedules([msgspec.structs.replace(found, next_run=next_run)], seen_at=seen_at)
    return Schedule.objects.get(pk=found.workflow_schedule_id)


def mark_deleted(ids: Iterable[str], at: datetime) -> None:
    """Upstream no longer has these."""
    with writing("schedules"):
        found = Schedule.objects.filter(pk__in=ids, deleted_at=None)
        if found.update(deleted_at=at, is_active=False, next_run_at=None, changed_at=at):
            Revision.bump("schedules")


def of_schedule(found: schema.Schedule) -> dict[str, Any]:
    """Which upstream field goes to which column."""
    columns = {
        "name": found.name,
        "description": found.description,
        "kind": _kind(found),
        "cron_expression": found.cron_expression,
        "timezone": found.timezone,
        "interval_seconds": found.interval_seconds,
        "first_fire_at": found.first_fire_at,
        "run_at": found.run_at,
        "enabled": found.enabled,
        "dispatch_status": found.dispatch_status,
        "is_active": found.enabled and found.deleted_at is None and not _is_over(found),
        "parameters": found.parameters,
        "next_run_at": found.next_run if found.enabled else None,
        "raw": found.raw,
        "created_at": found.created_at,
        "modified_at": found.modified_at,
        "deleted_at": found.deleted_at,
    }
    return {**fit(Schedule, columns), "workflow_id": found.workflow_permanent_id}


def _kind(found: schema.Schedule) -> Schedule.Kind:
    if found.run_at is not None:
        return Schedule.Kind.ONCE
    return Schedule.Kind.INTERVAL if found.interval_seconds else Schedule.Kind.CRON


def _is_over(found: schema.Schedule) -> bool:
    """A one-time schedule keeps `enabled` after it fired or was canceled."""
    return found.run_at is not None and found.dispatch_status not in (None, "", "pending")


def _changes(
    seen: dict[str, tuple[dict[str, Any], str]],
    known: dict[str, Schedule],
    seen_at: datetime,
) -> list[Schedule]:
    """The rows to write. The time of the next fire moves without `modified_at`."""
    changed = []
    for schedule_id, (columns, _) in seen.items():
        row = known.get(schedule_id) or Schedule(schedule_id=schedule_id)
        if _is_older(columns, row, seen_at):
            continue
        if schedule_id in known and all(getattr(row, name) == columns[name] for name in columns):
            continue
        for name, value in columns.items():
            setattr(row, name, value)
        row.seen_at = row.changed_at = seen_at
        changed.append(row)
    return changed


def _is_older(columns: dict[str, Any], row: Schedule, seen_at: datetime) -> bool:
    """A list asked for before the deletion does not bring a schedule back."""
    if row.deleted_at is not None and seen_at <= row.deleted_at:
        return True
    told, had = columns["modified_at"], row.modified_at
    return told is not None and had is not None and bool(told < had)
