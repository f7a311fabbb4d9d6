"""Which upstream field goes to which column: the only place that knows."""

from __future__ import annotations

from typing import Any, NamedTuple

from dashboard.skyvern import schema
from runs.mirror.fit import document, fit, is_id, text
from runs.models import Artifact, Run, RunDetail, Workflow
from runs.words import indexed_values

Columns = dict[str, Any]
LONGEST_KEY, LONGEST_DESCRIPTION = 200, 5_000
"""Characters of a parameter's name, past which nobody could be asked for it, and of its words."""


class Seen(NamedTuple):
    """What one answer tells of one run; `fallback` holds only where nothing better is known."""

    run_id: str
    columns: Columns
    fallback: Columns
    workflow_title: str


def of_workflow(found: schema.Workflow) -> Columns:
    return fit(
        Workflow,
        {
            "title": found.title,
            "description": found.description,
            "version": found.version,
            "status": found.status,
            "folder_id": found.folder_id,
            "parameters": [
                _parameter(parameter)
                for parameter in found.parameters
                if len(parameter.key) <= LONGEST_KEY
            ],
            "raw": found.raw,
            "created_at": found.original_created_at or found.created_at,
            "modified_at": found.modified_at,
            "deleted_at": found.deleted_at,
        },
    )


def _parameter(found: schema.Parameter) -> Columns:
    return {
        "key": found.key,
        "type": text(found.type, LONGEST_KEY),
        "description": text(found.description, LONGEST_DESCRIPTION),
        "default_value": found.default_value,
    }


def of_row(found: schema.WorkflowRun) -> Seen:
    """A row of `/v1/workflows/runs`: the fullest there is but for outputs."""
    columns = {
        **_told_by_all(found),
        **_timing(found),
        **_failure(found),
        "title": found.workflow_title or ...,
        "run_type": "workflow_run",
        "trigger_type": found.trigger_type,
        "schedule_id": _linked(found.workflow_schedule_id),
        "max_elapsed_minutes": found.max_elapsed_time_minutes,
        "raw": found.raw,
    }
    fallback = {"created_at": found.created_at, "workflow": found.workflow_permanent_id}
    return _seen(found.workflow_run_id, columns, fallback, found.workflow_title)


def of_item(found: schema.RunListItem) -> Seen:
    """A row of `/v1/runs`, whose `created_at` is a little beside the run's own."""
    fallback = {
        "workflow": found.workflow_permanent_id,
        "title": found.title,
        "run_type": found.task_run_type,
        "trigger_type": found.trigger_type,
        "created_at": found.created_at,
        "raw": found.raw,
    }
    return _seen(found.run_id, _told_by_all(found), fallback, found.title)


def of_answer(found: schema.Run) -> Seen:
    """`GET /v1/runs/{id}`, or the answer to a start or a retry."""
    request = found.run_request or {}
    columns = {
        **_told_by_all(found),
        **_timing(found),
        "failure_reason": found.failure_reason,
        **_detailed(found.errors, request.get("parameters")),
    }
    fallback = {
        "created_at": found.created_at,
        "workflow": request.get("workflow_id") or request.get("agent_id"),
        "title": request.get("title"),
        "run_type": found.run_type,
        "max_elapsed_minutes": request.get("max_elapsed_time_minutes"),
    }
    return _seen(found.run_id, columns, fallback, None)


def of_rich(found: schema.WorkflowRunDetail) -> Seen:
    """`GET /v1/workflows/runs/{id}`: neither trigger nor schedule."""
    columns = {
        **_told_by_all(found),
        **_timing(found),
        **_failure(found),
        **_detailed(found.errors, found.parameters),
    }
    fallback = {
        "created_at": found.created_at,
        "workflow": found.workflow_id,
        "title": found.workflow_title,
        "run_type": "workflow_run",
    }
    return _seen(found.workflow_run_id, columns, fallback, found.workflow_title)


def _seen(run_id: str, columns: Columns, fallback: Columns, title: str | None) -> Seen:
    columns = fit(Run, columns)
    fallback = {name: value for name, value in fit(Run, fallback).items() if value}
    if run_id.startswith("wr_sched_"):
        fallback["trigger_type"] = "scheduled"
    if "workflow" in fallback:
        fallback["workflow_id"] = fallback.pop("workflow")
    return Seen(run_id, columns, fallback, title or "")


def _told_by_all(
    found: schema.WorkflowRun | schema.RunListItem | schema.Run | schema.WorkflowRunDetail,
) -> Columns:
    """Older servers tell nothing of attempts: then what is known stays (`...`)."""
    return {
        "status": text(found.status) or "unknown",
        "attempt": ... if found.attempt is None else max(1, found.attempt),
        "retry_pending": ... if found.retry_pending is None else found.retry_pending,
        "next_attempt_at": ... if found.attempt is None else found.next_attempt_at,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
    }


def _timing(found: schema.WorkflowRun | schema.Run | schema.WorkflowRunDetail) -> Columns:
    return {"queued_at": found.queued_at, "modified_at": found.modified_at}


def _failure(found: schema.WorkflowRun | schema.WorkflowRunDetail) -> Columns:
    return {
        "failure_reason": found.failure_reason,
        "category": _surest(found.failure_category),
        "webhook_failure_reason": found.webhook_failure_reason,
        "retried_from_id": _linked(found.retried_from_workflow_run_id),
    }


def _linked(found: str | None) -> str | None:
    """An id that stands in addresses; None for what could not."""
    return found if is_id(found) else None


def _detailed(errors: list[Any] | None, parameters: Any) -> Columns:
    """What only the routes for one run tell; an answer without it leaves what is known."""
    return {
        "error_code": ... if errors is None else _first_code(errors),
        "parameter_words": ... if parameters is None else indexed_values(document(parameters)),
    }


def _first_code(errors: list[Any]) -> str:
    codes = (one.get("error_code") for one in errors if isinstance(one, dict))
    return next((str(code) for code in codes if code), "")


def _surest(categories: list[Any] | None) -> str:
    """The category with the highest confidence; "" if none has a shape we know."""
    named = [item for item in categories or [] if isinstance(item, dict) and item.get("category")]
    return str(max(named, key=_confidence)["category"]) if named else ""


def _confidence(category: Columns) -> float:
    value = category.get("confidence_float")
    return float(value) if isinstance(value, int | float) else 0.0


def of_detail(run: schema.Run | None, rich: schema.WorkflowRunDetail | None) -> Columns:
    """What both single-run answers tell beyond the row; the richer one goes first."""
    columns: Columns = {}
    if run is not None:
        request = run.run_request or {}
        columns |= {
            "request": request,
            "parameters": request.get("parameters"),
            "outputs": run.output,
            "errors": run.errors,
            "attempts": run.attempts,
            "downloads": _downloads(run.downloaded_files),
            "recording_archived": run.recording_archived,
            "step_count": run.step_count,
        }
    if rich is not None:
        columns |= {
            "parameters": rich.parameters,
            "outputs": rich.outputs,
            "errors": rich.errors,
            "categories": rich.failure_category,
            "attempts": rich.attempts,
            "downloads": _downloads(rich.downloaded_files) or columns.get("downloads"),
            "recording_archived": rich.recording_archived,
            "step_count": rich.total_steps,
        }
    return fit(RunDetail, columns)


def _downloads(files: list[schema.Json] | None) -> list[Columns]:
    kept = ("filename", "artifact_id", "file_size", "checksum")
    return [{key: file.get(key) for key in kept} for file in files or [] if isinstance(file, dict)]


def of_artifact(found: schema.Artifact) -> Columns:
    return fit(
        Artifact,
        {
            "type": found.artifact_type,
            "size": found.file_size,
            "block_id": found.workflow_run_block_id,
            "step_id": found.step_id,
            "archived": found.archived,
            "created_at": found.created_at,
        },
    )


def artifacts_of_downloads(downloads: list[Columns]) -> dict[str, Columns]:
    """Artifact id → columns, for the downloads that can be fetched at all."""
    return {
        str(file["artifact_id"]): fit(
            Artifact,
            {"type": "download", "filename": file["filename"], "size": file["file_size"]},
        )
        for file in downloads
        if is_id(file["artifact_id"])
    }
