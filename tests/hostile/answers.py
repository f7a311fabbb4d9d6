"""Answers of a server: fields of wrong types, numbers and times out of range, bombs of JSON."""

from __future__ import annotations

from typing import Any

from dashboard.skyvern import schema


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


BOMBS = {
    "deep": nested(100_000),
    "just decodable": nested(900),
    "lists": b"[" * 900 + b"]" * 900,
    "a number of 5000 digits": b"9" * 5000,
    "a number of 400 digits": b"9" * 400,
    "blocks in blocks": b'[{"block":{},"children":' * 400 + b"[]" + b"}]" * 400,
    "past the largest float": b"1e999",
    "not a number": b"NaN",
    "the same key twice": b'{"a":1,"a":"<script>alert(1)</script>","a":null}',
    "half a character": b'"\\ud800"',
    "a character of no encoding": b'"\xff\xfe"',
    "a mark of the encoding": b"\xef\xbb\xbf{}",
    "no JSON": b"<html><script>alert(1)</script></html>",
}
"""The value of a field, as it stands in the body."""

ANSWERS: dict[str, dict[str, Any]] = {
    "an unknown status": {"status": "<b>reticulating</b>"},
    "a very long status": {"status": "s" * 100_000},
    "no status": {"status": ""},
    "an unknown trigger": {"trigger_type": "carrier\u202epigeon<script>"},
    "an unknown category": {
        "failure_category": [{"category": "<i>X</i>", "confidence_float": 7, "reasoning": ["x"]}]
    },
    "categories of odd types": {
        "failure_category": [1, None, "x", {"category": {"a": 1}, "confidence_float": "high"}]
    },
    "before all time": {"created_at": "0001-01-01T00:00:00", "started_at": "0001-01-01T00:00:00"},
    "after all time": {"created_at": "9999-12-31T23:59:59", "finished_at": "9999-12-31T23:59:59"},
    "backwards": {"started_at": "2026-11-23T12:00:00", "finished_at": "2020-01-01T00:00:00"},
    "in an absurd zone": {"started_at": "2026-11-23T12:00:00+23:59"},
    "a negative attempt": {"attempt": -5, "retry_pending": True},
    "a huge attempt": {"attempt": 2**63},
    "a limit out of range": {"max_elapsed_time_minutes": -(2**40)},
    "an id of another kind": {
        "workflow_permanent_id": "../../admin",
        "workflow_schedule_id": "a/b",
    },
    "a very long id": {"workflow_permanent_id": "w" * 5_000, "workflow_schedule_id": "s" * 5_000},
    "a retry of itself": {"retried_from_workflow_run_id": "wr_1"},
}
"""Fields of a row of the list of runs."""

WRONG: dict[str, Any] = {
    "a number": 7,
    "a fraction": 1.5,
    "a text": "x",
    "a truth": True,
    "a list": [{"a": [1]}],
    "an object": {"<b>": {"a": None}},
}
KINDS: dict[str, type[schema.Upstream]] = {
    "row": schema.WorkflowRun,
    "item": schema.RunListItem,
    "answer": schema.Run,
    "detail": schema.WorkflowRunDetail,
    "step": schema.TimelineItem,
    "file": schema.Artifact,
    "agent": schema.Workflow,
}
IDS = ("workflow_run_id", "run_id", "artifact_id", "workflow_permanent_id", "task_run_id")


def wrong_types() -> dict[str, tuple[str, str, Any]]:
    """Each field of each answer, as each type of JSON: (kind of answer, field, value)."""
    return {
        f"{kind}.{field} is {what}": (kind, field, value)
        for kind, struct in KINDS.items()
        for field in struct.__struct_fields__
        if field not in ("raw", *IDS)
        for what, value in WRONG.items()
    }
