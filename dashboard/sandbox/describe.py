"""The answers that describe runs: both lists, both details."""

from typing import Any

from dashboard.sandbox import artifacts, defaults
from dashboard.sandbox.clockwork import Attempt, Progress
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.outputs import outputs
from dashboard.sandbox.state import ORGANIZATION, Run, identifier
from dashboard.sandbox.vocabulary import NEWER_THAN_1_0_50
from dashboard.sandbox.wire import naive
from dashboard.sandbox.workflows import describe as describe_workflow

type Json = dict[str, Any]


def _for_server(engine: Engine, body: Json) -> Json:
    if not engine.is_old:
        return body
    return {key: value for key, value in body.items() if key not in NEWER_THAN_1_0_50}


def list_item(engine: Engine, run: Run) -> Json:
    """A row of /v1/runs."""
    progress = engine.progress(run)
    workflow = engine.world.version_of(run)
    body = {
        "task_run_id": f"tr_{identifier(run.number, 1)}",
        "run_id": run.run_id,
        "task_run_type": "workflow_run",
        "status": progress.status,
        "title": workflow.title,
        "started_at": naive(progress.started),
        "finished_at": naive(progress.finished),
        "created_at": naive(run.created_at),
        "workflow_permanent_id": run.wpid,
        "workflow_deleted": engine.world.workflow(run.wpid) is None,
        "script_run": False,
        "trigger_type": run.trigger,
        "created_by": None,
        **_attempt_now(progress),
    }
    return _for_server(engine, body)


def list_row(engine: Engine, run: Run) -> Json:
    """A row of /v1/workflows/runs and /v1/workflows/{wpid}/runs."""
    progress = engine.progress(run)
    workflow = engine.world.version_of(run)
    body = {
        **defaults.LIST_ROW,
        **_facts(run, progress),
        "workflow_run_id": run.run_id,
        "workflow_id": run.workflow_id,
        "workflow_permanent_id": run.wpid,
        "organization_id": ORGANIZATION,
        "workflow_title": workflow.title,
        "trigger_type": run.trigger,
        "workflow_schedule_id": run.schedule_id,
        "max_elapsed_time_minutes": run.request.get("max_elapsed_time_minutes"),
    }
    return _for_server(engine, body)


def detail(engine: Engine, run: Run) -> Json:
    """/v1/runs/{id}, and what starting a run answers."""
    progress = engine.progress(run)
    title = engine.world.version_of(run).title
    body = {
        **defaults.RUN,
        **_common(engine, run, progress),
        "run_id": run.run_id,
        "output": outputs(run, progress),
        "app_url": f"http://localhost:8080/runs/{run.run_id}",
        "step_count": len(_page_steps(progress)),
        "ai_fallback": run.request.get("ai_fallback"),
        "run_request": {
            **defaults.RUN_REQUEST,
            "workflow_id": run.wpid,
            "parameters": run.parameters,
            "title": title,
            "proxy_location": "RESIDENTIAL",
            "webhook_url": run.request.get("webhook_url"),
        },
    }
    return _for_server(engine, body)


def rich(engine: Engine, run: Run, *, with_workflow: bool = True) -> Json:
    """/v1/workflows/runs/{id}; the same without the definition goes to webhooks."""
    progress = engine.progress(run)
    workflow = engine.world.version_of(run)
    common = _common(engine, run, progress)
    body = {
        **defaults.RICH_RUN,
        **common,
        **_facts(run, progress),
        "workflow_id": run.wpid,
        "workflow_run_id": run.run_id,
        "parameters": run.parameters,
        "recording_urls": [common["recording_url"]] if common["recording_url"] else None,
        "downloaded_file_urls": [f["url"] for f in common["downloaded_files"]] or None,
        "outputs": outputs(run, progress),
        "total_steps": len(_page_steps(progress)),
        "workflow_title": workflow.title,
        "agent_id": run.wpid,
        "agent_run_id": run.run_id,
    }
    if with_workflow:
        body["workflow"] = describe_workflow(workflow)
    return _for_server(engine, body)


def _common(engine: Engine, run: Run, progress: Progress) -> Json:
    """What both details say."""
    return {
        "status": progress.status,
        "failure_reason": progress.failure_reason,
        **_times(run, progress),
        **_attempt_now(progress),
        "attempts": [_attempt(a, progress) for a in progress.attempts],
        "errors": _errors(progress),
        "downloaded_files": artifacts.downloaded_files(engine, run, progress),
        "recording_url": artifacts.recording_url(engine, run, progress),
        "recording_archived": artifacts.recording_archived(engine, run, progress),
        "screenshot_urls": artifacts.screenshot_urls(engine, run, progress),
    }


def _facts(run: Run, progress: Progress) -> Json:
    """What the rich detail and the rows that have the reason say."""
    return {
        "status": progress.status,
        "failure_reason": progress.failure_reason,
        "failure_category": _categories(progress),
        "webhook_callback_url": run.request.get("webhook_url"),
        "webhook_failure_reason": run.webhook_failure,
        "proxy_location": "RESIDENTIAL",
        **_times(run, progress),
        **_attempt_now(progress),
    }


def _times(run: Run, progress: Progress) -> Json:
    return {
        "created_at": naive(run.created_at),
        "queued_at": naive(progress.queued),
        "started_at": naive(progress.started),
        "finished_at": naive(progress.finished),
        "modified_at": naive(progress.modified),
    }


def _attempt_now(progress: Progress) -> Json:
    return {
        "attempt": progress.attempt,
        "retry_pending": progress.retry_pending,
        "next_attempt_at": naive(progress.next_attempt_at),
    }


def _attempt(attempt: Attempt, progress: Progress) -> Json:
    is_last = attempt.number == progress.attempt
    finished = progress.finished if is_last else attempt.finished
    status = progress.status if is_last else (attempt.failure and attempt.failure.status)
    is_retried = progress.retry_pending or not is_last
    failed = attempt.failure if finished else None
    reason = progress.failure_reason if is_last else None
    if failed and attempt.failing and not is_last:
        reason = f"{attempt.failing.kind} block failed. failure reason: {failed.reason}"
    decided = None
    if failed and attempt.number > 1:
        decided = "final"
    return {
        "attempt_number": attempt.number,
        "status": status,
        "failure_reason": reason,
        "error_codes": [failed.code] if failed and failed.code else [],
        "started_at": naive(attempt.started),
        "finished_at": naive(finished),
        "retry_decision": "retry" if is_retried else decided,
        "decision_reason": "budget_exhausted" if decided and not is_retried else None,
        "next_attempt_at": naive(attempt.retry_at) if is_retried else None,
        "webhook_sent_at": None,
    }


def _errors(progress: Progress) -> list[Json]:
    failure = progress.failure
    if failure is None or failure.code is None:
        return []
    return [
        {
            "error_code": failure.code,
            "reasoning": failure.reason[:2000],
            "confidence_float": 0.9,
        }
    ]


def _categories(progress: Progress) -> list[Json] | None:
    failure = progress.failure
    if failure is None or failure.terminated:
        return None
    if failure.category == "UNKNOWN":
        reasoning, confidence = "No keyword match found", 0.5
    else:
        reasoning, confidence = "Keywords matched", 0.9
    found = {
        "category": failure.category,
        "confidence_float": confidence,
        "reasoning": reasoning,
    }
    return [found if confidence == 0.5 else {**found, "evidence_source": "keyword_match"}]


def _page_steps(progress: Progress) -> list[Any]:
    return [t for top in progress.steps for t in top.walk() if t.step.url]
