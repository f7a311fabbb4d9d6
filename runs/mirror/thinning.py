"""Takes out of a timeline what the output of its run tells as well, where that is large.

Skyvern tells what a block brought out twice. A timeline is read for each look at a run, so that
megabytes in it would be felt on every tab.
"""

from __future__ import annotations

from typing import Any

from runs.outputs.layout import LARGE, written

INSTEAD = "{:,} characters: too much to stand here. All of it is in the output of the run."


def thinned(timeline: list[Any], outputs: Any) -> list[Any]:
    """The items, with a sentence for each large output that the run's output has by its label."""
    known = outputs if isinstance(outputs, dict) else {}
    return [_item(item, known) for item in timeline]


def _item(item: Any, outputs: dict[str, Any]) -> Any:
    if not isinstance(item, dict):
        return item
    block, children = item.get("block"), item.get("children")
    changed = dict(item)
    if isinstance(block, dict):
        changed["block"] = _block(block, outputs)
    if isinstance(children, list):
        changed["children"] = thinned(children, outputs)
    return changed


def _block(block: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    output = block.get("output")
    if not isinstance(output, dict | list | str) or not outputs.get(f"{block.get('label')}_output"):
        return block
    length = len(written(output))
    return block if length <= LARGE else block | {"output": INSTEAD.format(length)}
