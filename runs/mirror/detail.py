"""Writes the heavy part of a run: outputs, timeline and the list of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.skyvern import schema
from runs.mirror import failures, outputs
from runs.mirror.columns import (
    Columns,
    artifacts_of_downloads,
    of_artifact,
    of_detail,
)
from runs.mirror.fit import document, is_id, text
from runs.mirror.runs import save_answers
from runs.mirror.thinning import thinned
from runs.mirror.writing import CHUNK, writing
from runs.models import Artifact, Run, RunDetail
from runs.outputs import lay_out


def save_detail(
    run_id: str,
    *,
    run: schema.Run | None,
    rich: schema.WorkflowRunDetail | None,
    timeline: Sequence[schema.TimelineItem] | None,
    artifacts: Sequence[schema.Artifact] | None,
    seen_at: datetime,
    error: str = "",
) -> None:
    """Mirror one reading of a run. A part that is None was not read: what is known of it stays.

    `fetched_at` moves when something changed, and always once the run has ended.
    """
    save_answers(run=run, rich=rich, seen_at=seen_at)
    columns = of_detail(run, rich) | {"error": text(error)}
    layout = lay_out(columns.get("outputs"))  # takes a while for a large one: not under the lock
    if timeline is not None:
        told = [document(item.raw) for item in timeline]
        columns["timeline"] = thinned(told, columns["outputs"]) if layout else told
    with writing("runs"):
        parent = Run.objects.filter(pk=run_id).first()
        if parent is None:
            return
        changed = _save_artifacts(parent, columns.get("downloads", []), artifacts or [])
        _save_columns(parent, columns, seen_at, changed=changed)
        if "outputs" in columns:
            outputs.replace(parent, layout)
        failures.name_block(parent)


def _save_columns(run: Run, columns: Columns, seen_at: datetime, *, changed: bool) -> None:
    detail = RunDetail.objects.filter(pk=run.pk).first() or RunDetail(run=run)
    changed |= any(getattr(detail, name) != value for name, value in columns.items())
    if changed or run.is_final or detail.fetched_at is None:
        RunDetail.objects.update_or_create(run=run, defaults={**columns, "fetched_at": seen_at})


def _save_artifacts(run: Run, downloads: list[Columns], listed: Sequence[schema.Artifact]) -> bool:
    """Upsert the files that are new or changed; whether there were any."""
    seen: dict[str, Columns] = {
        one.artifact_id: of_artifact(one) for one in listed if is_id(one.artifact_id)
    }
    for artifact_id, columns in artifacts_of_downloads(downloads).items():
        seen[artifact_id] = seen.get(artifact_id, {}) | columns
    known = Artifact.objects.in_bulk(list(seen))
    changed = [
        artifact
        for artifact_id, columns in seen.items()
        if (artifact := _changed(known.get(artifact_id), artifact_id, columns, run)) is not None
    ]
    fields = [field.name for field in Artifact._meta.concrete_fields if not field.primary_key]
    Artifact.objects.bulk_create(
        changed,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["artifact_id"],
        update_fields=fields,
    )
    return bool(changed)


def _changed(
    known: Artifact | None, artifact_id: str, columns: Mapping[str, object], run: Run
) -> Artifact | None:
    artifact = known or Artifact(artifact_id=artifact_id, run=run)
    if known is not None and artifact.run_id != run.run_id:
        return None  # an id belongs to the run that first had it
    if known is not None and all(getattr(known, name) == columns[name] for name in columns):
        return None
    for name, value in columns.items():
        setattr(artifact, name, value)
    return artifact
