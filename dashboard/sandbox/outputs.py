"""What a run has put out so far, in upstream's form for each kind of block."""

from typing import Any

from dashboard.sandbox.clockwork import Progress, Timed
from dashboard.sandbox.state import Run, identifier
from dashboard.sandbox.vocabulary import TASK_KINDS

type Json = dict[str, Any]


def part(timed: Timed, slot: int) -> int:
    """The place of a thing within its run: attempt, step and slot."""
    return timed.attempt * 1_000_000 + timed.step.number * 1_000 + slot


def block_id(run: Run, timed: Timed) -> str:
    return f"wrb_{identifier(run.number, part(timed, 0))}"


def task_id(run: Run, timed: Timed) -> str:
    return f"tsk_{identifier(run.number, part(timed, 1))}"


def step_id(run: Run, timed: Timed) -> str:
    return f"stp_{identifier(run.number, part(timed, 2))}"


def outputs(run: Run, progress: Progress) -> Json | None:
    """By output key; blocks of a loop by their last round; None before the first block ended."""
    found: Json = {}
    extracted: list[Any] = []
    for top in progress.steps:
        for timed in top.walk():
            if timed.attempt != progress.attempt or timed.end > progress.now or timed.step.failure:
                continue
            found[f"{timed.step.label}_output"] = output(run, timed)
            if timed.step.kind == "extraction":
                extracted.append(timed.step.output)
    if not found and progress.finished is None:
        return None
    return {**found, "extracted_information": extracted}


def output(run: Run, timed: Timed) -> Any:
    step = timed.step
    if step.kind == "for_loop":
        return _rounds(run, timed)
    if step.kind == "print_page":
        name = step.files[0]
        path = f"/srv/skyvern/downloads/{run.run_id}/{name}"
        return {"filename": name, "file_path": path, "size_bytes": 600}
    if step.kind not in TASK_KINDS:
        return step.output
    failure = step.failure
    return {
        "task_id": task_id(run, timed),
        "status": failure.status if failure else "completed",
        "extracted_information": step.output,
        "failure_reason": failure.reason if failure else None,
        "errors": [],
        "failure_category": None,
        "downloaded_files": [],
        "downloaded_file_urls": None,
        "downloaded_file_artifact_ids": None,
        "task_screenshots": None,
        "workflow_screenshots": None,
        "task_screenshot_artifact_ids": [],
        "workflow_screenshot_artifact_ids": [],
    }


def _rounds(run: Run, timed: Timed) -> list[list[Json]]:
    rounds: list[list[Json]] = [[] for _ in timed.step.loop_values or []]
    for child in timed.children:
        rounds[child.step.index or 0].append(
            {
                "loop_value": child.step.value,
                "output_parameter": child.step.block["output_parameter"],
                "output_value": output(run, child),
            }
        )
    return rounds
