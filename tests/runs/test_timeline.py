"""What a run did as a tree: attempts, branches, confidence, one axis of time, and folds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runs.timeline import THEN, Step, Timeline, folded, shape, told

NOW = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
type Json = dict[str, Any]


def block(key: str, second: int, *, attempt: int = 1, **more: Any) -> Json:
    made = f"2026-11-23T12:00:{second:02}"
    about = {"workflow_run_block_id": key, "label": key, "created_at": made, "duration": 1.0}
    children = more.pop("children", [])
    about |= {"status": "completed", **more}
    return {"type": "block", "attempt": attempt, "block": about, "children": children}


def tried(number: int, start: int, end: int | None, status: str, **more: Any) -> Json:
    finished = None if end is None else f"2026-11-23T12:00:{end:02}"
    return {
        "attempt_number": number,
        "status": status,
        "started_at": f"2026-11-23T12:00:{start:02}",
        "finished_at": finished,
        **more,
    }


def test_attempts_are_headings_on_one_axis_with_the_wait_between_them() -> None:
    tries = [tried(1, 0, 10, "failed", failure_reason="no answer"), tried(2, 30, 40, "completed")]
    found = [block("again", 31, attempt=2), block("once", 1)]
    first, second = shape(found, now=NOW, tried=tries).steps
    assert (first.title, first.status, first.reason) == ("Attempt 1", "failed", "no answer")
    assert (second.status, second.note) == ("completed", "after waiting 20 s")
    assert (first.bar, second.bar) == ((0.0, 25.0), (75.0, 25.0))
    assert [child.key for child in second.children] == ["again"]


def test_an_attempt_that_the_timeline_has_forgotten_is_shown_with_what_is_told_of_it() -> None:
    tries = [
        tried(1, 0, 10, "failed", failure_reason="no answer", error_codes=["TIMEOUT", 7]),
        tried(2, 30, 40, "completed"),
    ]
    first, second = shape([block("again", 31, attempt=2)], now=NOW, tried=tries).steps
    assert first.children == []
    assert (first.reason, first.error_codes, first.seconds) == ("no answer", ["TIMEOUT", "7"], 10)
    assert second.children


def test_an_attempt_at_work_reaches_until_now() -> None:
    tries = [tried(1, 0, 10, "failed"), tried(2, 30, None, "running")]
    timeline = shape([block("once", 1)], now=NOW, tried=tries)
    assert timeline.steps[1].ended == NOW
    assert timeline.axis is not None
    assert timeline.axis.end == NOW
    assert timeline.axis.half * 2 == timeline.axis.span


def test_a_single_attempt_needs_no_heading() -> None:
    [only] = shape([block("once", 1)], now=NOW, tried=[tried(1, 0, 10, "completed")]).steps
    assert only.kind == "block"


def test_a_timeline_without_times_has_no_axis() -> None:
    assert shape([{"type": "block", "block": {}}], now=NOW).axis is None


@pytest.mark.parametrize(
    ("given", "percent"),
    [(0.84, 84), (1, 100), (0, 0), (1.5, None), (-1, None), ("0.9", None), (True, None),
     (float("nan"), None), (1e400, None)],
)  # fmt: skip
def test_how_sure_an_action_was_is_a_percentage_or_nothing(given: Any, percent: int | None) -> None:
    action = {"action_id": "act_1", "action_type": "click", "confidence_float": given}
    [step] = shape([block("fill", 1, actions=[action])], now=NOW).steps
    assert step.children[0].confidence == percent


def test_a_conditional_tells_which_way_it_went() -> None:
    taken: Json = {
        "block_type": "conditional",
        "executed_branch_id": "b_1",
        "executed_branch_expression": "amount > 100",
        "executed_branch_next_block": "check_amount",
        "children": [block("check_amount", 2)],
    }
    [step] = shape([block("big_enough", 1, **taken)], now=NOW).steps
    assert step.note == "Conditional: amount > 100, on to check_amount"
    assert [child.key for child in step.children] == ["check_amount"]
    other: Json = {"block_type": "conditional", "executed_branch_id": "b_2"}
    assert shape([block("else", 1, **other)], now=NOW).steps[0].note == "Conditional: otherwise"


def test_a_block_that_ended_with_its_run_has_no_reason_of_its_own() -> None:
    told = "Workflow run timed_out: child entity cascade cleanup."
    stopped = block("long_wait", 1, status="timed_out", failure_reason=told)
    [step] = shape([stopped], now=NOW).steps
    assert (step.status, step.reason) == ("timed_out", "")


def test_a_question_to_a_person_is_told_apart() -> None:
    asked: Json = {
        "block_type": "human_interaction",
        "instructions": "Refund it?",
        "status": "running",
    }
    [step] = shape([block("approve", 1, **asked)], now=NOW).steps
    assert step.asks
    assert ("Instructions", "Refund it?") in step.texts


def loop(items: int, actions: int = 1) -> Timeline:
    made = [
        block(
            f"b{n}",
            n % 60,
            current_index=n,
            actions=[{"action_id": f"a{n}-{m}"} for m in range(actions)],
        )
        for n in range(items)
    ]
    return shape([block("loop", 0, children=made)], now=NOW)


def test_a_long_loop_starts_out_folded_and_so_does_each_of_its_items() -> None:
    timeline = loop(30)
    found = folded(timeline, [])
    assert "loop" in found
    assert {"loop-0", "loop-29"} <= found
    assert folded(loop(3), []) == set()


def test_the_way_to_what_is_looked_at_is_open() -> None:
    timeline = loop(30)
    found = folded(timeline, timeline.path_to("b7"))
    assert "loop" not in found
    assert "loop-7" not in found
    assert "loop-8" in found


def test_a_block_of_hundreds_of_actions_is_one_line_at_first() -> None:
    assert folded(loop(1, actions=300), []) == {"b0"}


def test_a_path_leads_to_every_step() -> None:
    timeline = loop(2)
    paths = {path[-1].key: told(path) for path in timeline.paths()}
    assert paths["a1-0"].split(THEN) == ["loop", "Item 2", "b1", "Action"]
    assert len(paths) == len(list(timeline.walk()))


def test_a_step_without_times_stands_in_the_tree_without_a_bar() -> None:
    assert Step(key="x", kind="block", title="x").ended is None
