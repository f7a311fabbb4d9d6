"""What the table and the exports show of a run, and what has to be read for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from runs.models import Run, Tag

ROW_FIELDS = (
    "run_id",
    "place",
    "workflow_id",
    "title",
    "status",
    "phase",
    "failure_reason",
    "category",
    "error_code",
    "trigger_type",
    "schedule_id",
    "launched_by_id",
    "attempt",
    "retry_pending",
    "next_attempt_at",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
    "missing_at",
    "stuck_at",
)


@dataclass(frozen=True)
class Row:
    run: Run
    person: str = ""
    tags: tuple[str, ...] = ()


def dressed(runs: Sequence[Run], columns: Sequence[str]) -> list[Row]:
    """With the names and tags that these columns need: a query for each kind, none per run."""
    people = _people(runs) if "person" in columns else {}
    tags = _tags(runs) if "tags" in columns else {}
    return [
        Row(run, people.get(run.launched_by_id or 0, ""), tuple(tags.get(run.run_id, ())))
        for run in runs
    ]


def _people(runs: Sequence[Run]) -> dict[int, str]:
    ids = {run.launched_by_id for run in runs if run.launched_by_id}
    return dict(get_user_model().objects.filter(pk__in=ids).values_list("pk", "username"))


def _tags(runs: Sequence[Run]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    of_these = Tag.objects.filter(run__in=[run.run_id for run in runs])
    for run_id, label in of_these.values_list("run_id", "label"):
        found[run_id].append(label)
    return found
