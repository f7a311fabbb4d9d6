"""What two runs brought out, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from dashboard.templatetags.ui import shortened
from runs.comparison.order import merged
from runs.comparison.parts import LONGEST_NAME, Part, Row
from runs.comparison.values import part
from runs.timeline.values import array, objects, text

MOST_LEAVES = 500
MOST_LEAVES_READ = 5_000
DEEPEST = 8
OF_ONE_RUN = {
    "task_id",
    "task_screenshots",
    "workflow_screenshots",
    "task_screenshot_artifact_ids",
    "workflow_screenshot_artifact_ids",
    "downloaded_file_artifact_ids",
    "downloaded_file_urls",
}
"""What the output of a block never has in common with that of another run."""


def outputs(here: tuple[Any, bool], there: tuple[Any, bool]) -> Part[Row]:
    """Of each what was read, and whether that is only its beginning.

    What only one has is left out where the other was not read to its end.
    """
    (ours, ours_cut), (theirs, theirs_cut) = _read(*here), _read(*there)
    names = [
        name
        for name in merged(ours, theirs)
        if not (ours_cut and name not in ours) and not (theirs_cut and name not in theirs)
    ]
    return replace(part(ours, theirs, names, MOST_LEAVES), is_cut=ours_cut or theirs_cut)


def _read(found: Any, is_cut: bool) -> tuple[dict[str, Any], bool]:
    leaves = list(islice(_leaves(found, "", 0), MOST_LEAVES_READ + 1))
    return dict(leaves[:MOST_LEAVES_READ]), is_cut or len(leaves) > MOST_LEAVES_READ


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """ "sign_in_output.rows[0].total" and its value; most of a block's output is null."""
    if value is None:
        return
    if depth == DEEPEST or not isinstance(value, dict | list) or not value:
        yield path or "Output", value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", depth + 1)
    else:
        for key, item in _comparable(value):
            name = shortened(str(key), LONGEST_NAME)
            yield from _leaves(item, f"{path}.{name}" if path else name, depth + 1)


def _comparable(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Without what upstream adds to the output of a block or of a loop's round."""
    is_block = "task_id" in found and "extracted_information" in found
    is_round = "output_value" in found and "output_parameter" in found
    for key, value in found.items():
        if (is_block and key in OF_ONE_RUN) or (is_round and key == "output_parameter"):
            continue
        if is_block and key == "downloaded_files":
            names = [text(file.get("filename")) for file in objects(value)]
            yield key, names or array(value)
        else:
            yield key, value
