"""Turns upstream's timeline into steps; whatever is odd in it is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from runs.timeline import attempts
from runs.timeline.headings import over
from runs.timeline.placing import place
from runs.timeline.step import Step, Timeline
from runs.timeline.values import (
    Json,
    array,
    brief,
    moment,
    objects,
    percent,
    seconds,
    text,
    whole,
    words,
)

MAX_STEPS = 1_000
MAX_DEPTH = 12
BLOCK_TEXTS = {
    "url": "Address",
    "final_url": "Ended at",
    "navigation_goal": "Goal",
    "data_extraction_goal": "To extract",
    "prompt": "Prompt",
    "instructions": "Instructions",
    "positive_descriptor": "Approve means",
    "negative_descriptor": "Reject means",
    "terminate_criterion": "Ends when",
    "complete_criterion": "Complete when",
    "executed_branch_expression": "Branch taken",
    "executed_branch_next_block": "Went on with",
    "engine": "Engine",
}
CASCADE = "child entity cascade cleanup."
"""What a block is told to have failed of that was at work when its run timed out."""
ACTION_TEXTS = {
    "element_id": "Element",
    "text": "Typed",
    "option": "Option",
    "file_url": "File",
    "response": "Response",
}


def shape(found: Any, *, now: datetime, tried: Any = None) -> Timeline:
    """`found` is upstream's list; `now` ends the bars of what still runs; `tried` is what upstream
    tells of the run's attempts, of which `found` may leave some out."""
    items = [item for item in objects(found) if item.get("type") in ("block", "thought")]
    reader = _Reader(now)
    by_attempt: dict[int, list[Json]] = {}
    for item in reversed(items):
        by_attempt.setdefault(whole(item.get("attempt")) or 1, []).append(item)
    made = {number: reader.steps(by_attempt[number], 0) for number in sorted(by_attempt)}
    steps = attempts.headed(made, attempts.read(tried), now)
    return Timeline(steps, reader.left_out, place(steps))


class _Reader:
    """Turns items into steps, no more than MAX_STEPS of them."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.room = MAX_STEPS
        self.left_out = 0

    def steps(self, items: Iterable[Json], depth: int) -> list[Step]:
        made = []
        for item in sorted(items, key=_began):
            if self.room <= 0 or depth > MAX_DEPTH:
                self.left_out += 1
                continue
            self.room -= 1
            thought = item.get("thought")
            step = _thought(thought) if isinstance(thought, dict) else self._block(item, depth)
            made.append(step)
        return made

    def _block(self, item: Json, depth: int) -> Step:
        block = item["block"] if isinstance(item.get("block"), dict) else {}
        key = text(block.get("workflow_run_block_id"))
        kind = words(text(block.get("block_type")) or "block")
        started = moment(block.get("created_at")) or moment(item.get("created_at"))
        status, reason = text(block.get("status")), text(block.get("failure_reason"))
        step = Step(
            key=key,
            kind="block",
            title=text(block.get("label")) or kind,
            note=_branch(block) or kind,
            asks=text(block.get("block_type")) == "human_interaction",
            status=status,
            started=started,
            seconds=self._seconds(block, started, status),
            reason="" if reason.endswith(CASCADE) else reason,
            error_codes=[text(code) for code in array(block.get("error_codes"))],
            texts=_texts(block, BLOCK_TEXTS),
            inputs=block.get("navigation_payload") or block.get("loop_values"),
            output=block.get("output"),
        )
        actions = [self._action(action) for action in self._fitting(block.get("actions"))]
        nested = array(item.get("children"))
        step.children = actions + self._nested(key, objects(nested), depth + 1)
        return step

    def _fitting(self, actions: Any) -> list[Json]:
        found = sorted(objects(actions), key=_order)
        fits = found[: max(self.room, 0)]
        self.room -= len(fits)
        self.left_out += len(found) - len(fits)
        return fits

    def _nested(self, parent: str, items: list[Json], depth: int) -> list[Step]:
        """Children of a loop stand under the item they were done for."""
        steps: list[Step] = []
        ordered = sorted(items, key=_began)
        for index, group in groupby(ordered, key=_index):
            members = list(group)
            children = self.steps(members, depth)
            if index is None:
                steps += children
                continue
            item = over(f"{parent}-{index}", "item", f"Item {index + 1}", children)
            item.note = brief(members[0]["block"].get("current_value"))
            steps.append(item)
        return steps

    def _seconds(self, block: Json, started: datetime | None, status: str) -> float | None:
        if (known := seconds(block.get("duration"))) is not None:
            return known
        if started is None:
            return None
        end = self.now if status == "running" else moment(block.get("modified_at"))
        return max((end - started).total_seconds(), 0.0) if end else None

    def _action(self, action: Json) -> Step:
        started = moment(action.get("started_at")) or moment(action.get("created_at"))
        ended = moment(action.get("finished_at"))
        took = max((ended - started).total_seconds(), 0.0) if started and ended else None
        status = text(action.get("status"))
        reasoning = text(action.get("reasoning")) or text(action.get("intention"))
        said = text(action.get("description"))
        kind = text(action.get("action_type"))
        if kind in ("", "null_action"):  # upstream's carrier of what a code block did or said
            kind, said = brief(said) or "action", ""
        return Step(
            key=text(action.get("action_id")),
            kind="action",
            title=words(kind),
            note=said or reasoning,
            status=status,
            started=started,
            seconds=took,
            reason=reasoning,
            confidence=percent(action.get("confidence_float")),
            screenshot=text(action.get("screenshot_artifact_id")),
            texts=_texts(action, ACTION_TEXTS),
            output=action.get("output") or action.get("errors"),
        )


def _thought(thought: Json) -> Step:
    said = text(thought.get("thought")) or text(thought.get("answer"))
    return Step(
        key=text(thought.get("thought_id")) or text(thought.get("observer_thought_id")),
        kind="thought",
        title=words(text(thought.get("thought_type")) or "thought"),
        note=brief(said),
        started=moment(thought.get("created_at")),
        texts=_texts(
            thought, {"observation": "Observed", "thought": "Thought", "answer": "Answer"}
        ),
    )


def _branch(block: Json) -> str:
    """Which way a conditional went: "Conditional: amount > 100, on to check_amount"."""
    if not (text(block.get("executed_branch_id")) or text(block.get("executed_branch_next_block"))):
        return ""
    taken = brief(block.get("executed_branch_expression")) or "otherwise"
    on = brief(block.get("executed_branch_next_block"))
    said = f"{words(text(block.get('block_type')) or 'conditional')}: {taken}"
    return f"{said}, on to {on}" if on else said


def _texts(source: Json, labels: dict[str, str]) -> list[tuple[str, str]]:
    return [(label, said) for name, label in labels.items() if (said := text(source.get(name)))]


def _began(item: Json) -> float:
    block = item.get("block")
    found = moment(item.get("created_at"))
    if found is None and isinstance(block, dict):
        found = moment(block.get("created_at"))
    return found.timestamp() if found else 0.0


def _order(action: Json) -> tuple[int, int]:
    return whole(action.get("step_order")) or 0, whole(action.get("action_order")) or 0


def _index(item: Json) -> int | None:
    block = item.get("block")
    return whole(block.get("current_index")) if isinstance(block, dict) else None
