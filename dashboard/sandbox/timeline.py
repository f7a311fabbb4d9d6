"""A run's timeline: newest first, loops with their children, blocks with their actions."""

from typing import Any

from dashboard.sandbox import defaults
from dashboard.sandbox.clockwork import Progress, Timed
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.files import ACTION_SLOT, Artifact, of_run
from dashboard.sandbox.outputs import block_id, output, part, step_id, task_id
from dashboard.sandbox.state import ORGANIZATION, Run, identifier
from dashboard.sandbox.vocabulary import PAGE_KINDS, TASK_KINDS, words
from dashboard.sandbox.wire import RefusedError, Request, naive

type Json = dict[str, Any]

SHOWN_SETTINGS = words("""
    recipients subject body instructions positive_descriptor negative_descriptor prompt
    navigation_goal data_extraction_goal data_schema terminate_criterion complete_criterion
""")


def get_timeline(engine: Engine, request: Request, run_id: str) -> list[Json]:
    run = engine.world.runs.get(run_id)
    if run is None or run.setup_failure is not None:
        raise RefusedError(404, f"Run not found {run_id}")
    progress = engine.progress(run)
    shots = {a.artifact_id: a for a in of_run(run, progress)}
    return [_item(run, progress, timed, shots) for timed in reversed(progress.steps)]


def _item(
    run: Run,
    progress: Progress,
    timed: Timed,
    shots: dict[str, Artifact],
    parent: Timed | None = None,
) -> Json:
    times = _times(timed, progress)
    block = _block(run, progress, timed, shots)
    block["parent_workflow_run_block_id"] = block_id(run, parent) if parent else None
    children = [_item(run, progress, t, shots, timed) for t in reversed(timed.children)]
    return {
        "type": "block",
        "attempt": timed.attempt,
        "block": {**block, **times},
        "thought": None,
        "children": children,
        **times,
    }


def _times(timed: Timed, progress: Progress) -> Json:
    changed = timed.end if timed.end <= progress.now else timed.start
    return {"created_at": naive(timed.start), "modified_at": naive(changed)}


def _block(run: Run, progress: Progress, timed: Timed, shots: dict[str, Artifact]) -> Json:
    step, over = timed.step, timed.end <= progress.now
    on_page = step.kind in PAGE_KINDS
    failure = step.failure if over else None
    return {
        **defaults.TIMELINE_BLOCK,
        **{key: step.block.get(key) for key in SHOWN_SETTINGS},
        "workflow_run_block_id": block_id(run, timed),
        "workflow_run_id": run.run_id,
        "attempt_number": timed.attempt,
        "organization_id": ORGANIZATION,
        "block_type": step.kind,
        "label": step.label,
        "status": timed.status(progress.now),
        "output": output(run, timed) if over and _has_output(timed) else None,
        "continue_on_failure": bool(step.block.get("continue_on_failure")),
        "failure_reason": failure.reason if failure else None,
        "error_codes": [failure.code] if failure and failure.code else [],
        "engine": step.block.get("engine"),
        "task_id": task_id(run, timed) if on_page and step.kind != "print_page" else None,
        "url": step.url,
        "final_url": step.url if step.kind == "code" else None,
        "navigation_payload": {} if step.kind in TASK_KINDS else None,
        "actions": _actions(run, progress, timed, shots),
        "duration": round((timed.end - timed.start).total_seconds(), 6) if over else None,
        "loop_values": step.loop_values,
        "current_value": None if step.index is None else str(step.value),
        "current_index": step.index,
        "downloaded_file_count": (len(step.files) if on_page else None) if over else None,
    }


def _has_output(timed: Timed) -> bool:
    return timed.step.failure is None or timed.step.kind == "terminate"


def _actions(run: Run, progress: Progress, timed: Timed, shots: dict[str, Artifact]) -> list[Json]:
    """Those done by now, newest first."""
    found = []
    for place, act in enumerate(timed.step.acts):
        shot = shots.get(f"a_{identifier(run.number, part(timed, ACTION_SLOT + place))}")
        if shot is not None or (act.kind == "null_action" and timed.end <= progress.now):
            found.append(_action(run, timed, place, shot))
    return found[::-1]


def _action(run: Run, timed: Timed, place: int, shot: Artifact | None) -> Json:
    """Without a screenshot it is the error of the block."""
    act, failure = timed.step.acts[place], timed.step.failure
    moment = naive(shot.made if shot else timed.end)
    return {
        **defaults.ACTION,
        "action_type": act.kind,
        "status": "completed" if shot else "failed",
        "action_id": f"act_{identifier(run.number, part(timed, 500 + place))}",
        "organization_id": ORGANIZATION,
        "task_id": task_id(run, timed),
        "step_id": step_id(run, timed),
        "step_order": 0,
        "action_order": place,
        "confidence_float": 0.9 if act.reasoning else None,
        "description": act.description,
        "reasoning": act.reasoning,
        "intention": act.reasoning and act.description,
        "response": failure.reason if failure and shot is None else None,
        "element_id": act.element,
        "text": act.text,
        "output": {"code_line": place + 1},
        "screenshot_artifact_id": shot.artifact_id if shot else None,
        "download": False if shot else None,
        **dict.fromkeys(("started_at", "finished_at"), moment if shot else None),
        **dict.fromkeys(("created_at", "modified_at"), moment),
    }
