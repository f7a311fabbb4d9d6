"""JSON for outputs, parameters, options and timelines: deep, wide, odd, or no JSON that we know."""

from __future__ import annotations

from typing import Any

from tests.hostile.texts import PWN, SIGNED, TEXTS


def nested(depth: int, innermost: Any) -> Any:
    for turn in range(depth):
        innermost = [innermost] if turn % 2 else {"a": innermost}
    return innermost


def block(label: Any, status: str = "completed", **more: Any) -> dict[str, Any]:
    children = more.pop("children", [])
    known = {"label": label, "status": status, "duration": 1, **more}
    return {"type": "block", "block": known, "children": children}


NO_BLOCKS: tuple[Any, ...] = (None, 1, "x", [], {})
DOCUMENTS: dict[str, Any] = {
    "nothing": None,
    "a text": "text",
    "a number": 7,
    "a long number": 10**400,
    "a fraction": 1e308,
    "no number": float("nan"),
    "no end": [float("inf"), float("-inf"), -0.0],
    "a truth": True,
    "an empty list": [],
    "an empty object": {},
    "nothings": [None] * 1000,
    "a long text": "x" * 3_000_000,
    "a long key": {"k" * 3_000_000: "v"},
    "many keys": {f"key {n}": n for n in range(20_000)},
    "many items": list(range(20_000)),
    "many objects": [{"a": [{}], "b": "c"}] * 10_000,
    "deep": nested(90, "bottom"),
    "deeper than any stack": nested(3_000, "bottom"),
    "wide and deep": nested(8, [nested(8, ["x"] * 100)] * 100),
    "markup": {"<script>alert(1)</script>": "<b>bold</b>"},
    "every text as a key": {f"{text[:3_000]}{n}": n for n, text in enumerate(TEXTS.values())},
    "every text as a value": [text[:3_000] for text in TEXTS.values()],
    "keys that steer scripts": {"__proto__": {PWN: 1}, "constructor": 1, "toString": [], "": 2},
    "keys that look like paths": {"a.b": 1, "[0]": 2, "$": {"$.a": 3}, 'a"]["b': 4, "{0}": 5},
    "another direction": {"\u202egnp": "\u202eabc"},
    "control characters": "\t\r\n\x1b[31m",
    "signed addresses": {"url": SIGNED, "urls": [SIGNED] * 50},
    "blocks of no kind": [{"type": "block", "block": known} for known in NO_BLOCKS],
    "blocks of odd types": [
        {"type": "block", "block": {"label": [1], "status": {"a": 1}, "duration": "long"}},
        block("x", "failed", failure_reason={"a": ["b"]}),
        block("y", error_codes=7, actions="z", current_index="0", children="none"),
        {"type": "block", "attempt": "2", "created_at": 5, "children": [[1]], "block": {}},
    ],
    "blocks in blocks": [block("a", children=[block("b" * 9999, children=[block("c")])])] * 500,
    "blocks that are their own": [block("a", workflow_run_block_id="wrb_1")] * 300,
    "headers": {"extra_http_headers": [1, {}], "cdp_connect_headers": 5},
}
