"""Shapes of answers: which fields there are and of which types, without their values.

`python -m tests.contract.shapes` records those of the server at SKYVERN_TEST_URL.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

type Shape = dict[str, Any]

RECORDED = Path(__file__).parent / "shapes.json"
# What is inside these is up to the agent, not to the API.
FREE = frozenset(
    [
        *("parameters", "output", "outputs", "output_value", "loop_over", "loop_values"),
        *("current_value", "default_value", "navigation_payload", "headers", "input", "ctx"),
    ]
)
# Not told apart by the sandbox, nor read by the product.
IGNORED = frozenset(["bundle_key", "checksum", "has_mini_agent", "xpath"])


def shape_of(value: Any) -> Shape:
    """{"types": […], "fields": {name: shape}, "items": shape}; numbers are one type."""
    match value:
        case None:
            return {"types": ["null"]}
        case bool():
            return {"types": ["boolean"]}
        case int() | float():
            return {"types": ["number"]}
        case str():
            return {"types": ["string"]}
        case list():
            items: Shape = {}
            for item in value:
                items = merged(items, shape_of(item))
            return {"types": ["array"], "items": items}
    fields = {
        name: {"types": ["free"]} if name in FREE else shape_of(part)
        for name, part in value.items()
        if name not in IGNORED
    }
    return {"types": ["object"], "fields": fields}


def merged(one: Shape, other: Shape) -> Shape:
    """The shape of either."""
    if not one or not other:
        return one or other
    found: Shape = {"types": sorted({*one["types"], *other["types"]})}
    if "fields" in one or "fields" in other:
        left, right = one.get("fields", {}), other.get("fields", {})
        names = sorted({*left, *right})
        found["fields"] = {n: merged(left.get(n, {}), right.get(n, {})) for n in names}
    if "items" in one or "items" in other:
        found["items"] = merged(one.get("items", {}), other.get("items", {}))
    return found


def differences(expected: Shape, actual: Shape, path: str = "") -> Iterator[str]:
    """What `actual` lacks and where its types are others; a null says nothing about the type."""
    if not expected or not actual:
        return
    wanted, found = (set(s["types"]) - {"null"} for s in (expected, actual))
    if wanted and found and not found <= wanted:
        yield f"{path}: {sorted(found)} instead of {sorted(wanted)}"
    if "fields" in expected and "fields" in actual:
        for name, part in expected["fields"].items():
            if name in actual["fields"]:
                yield from differences(part, actual["fields"][name], f"{path}.{name}")
            else:
                yield f"{path}.{name} is missing"
    yield from differences(expected.get("items", {}), actual.get("items", {}), f"{path}[]")


def record() -> None:
    from tests.contract.observations import observe, started_and_finished
    from tests.contract.servers import real  # imports this module

    with real() as server:
        seen = observe(server, started_and_finished(server))
    shapes = {name: shape_of(answer) for name, answer in seen.items()}
    RECORDED.write_text(json.dumps(shapes, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    record()
