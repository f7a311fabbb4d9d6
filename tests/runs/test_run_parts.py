"""The large and odd parts of a run: outputs and timelines of any size and shape."""

import json
from typing import Any

import pytest
from django.utils import timezone

from runs.models import RunDetail
from runs.outputs.tree import MAX_NODES
from runs.templatetags.runs_ui import json_tree
from runs.timeline import shape
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.test_run_detail import made, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", ["output", "inputs", "timeline", "raw"])
def test_every_part_can_be_had_whole_as_a_file(browse: Browse, play: Play, part: str) -> None:
    run = play("Invoice download")
    answer = browse("support").get(f"/runs/{run.run_id}/{part}.json")
    assert json.loads(answer.getvalue())
    assert answer["Content-Disposition"] == f'attachment; filename="{run.run_id}-{part}.json"'


def test_megabytes_of_output_make_a_page_of_bounded_size(browse: Browse) -> None:
    run = made(watched_at=timezone.now())
    huge = {f"key {n}": ["x" * 1000] * 50 for n in range(200)}
    deep: Any = "bottom"
    for _ in range(300):
        deep = [deep]
    outputs = {"huge_output": huge, "deep_output": deep, "text_output": "y" * 3_000_000}
    RunDetail.objects.create(run=run, fetched_at=timezone.now(), outputs=outputs)
    client = browse("support")
    assert len(page(client, run, tab="output")) < 600_000
    assert len(page(client, run, tab="raw")) < 300_000
    assert len(client.get("/runs/wr_1/output.json").getvalue()) > 10_000_000


def test_a_tree_says_how_much_it_left_out() -> None:
    drawn = json_tree(list(range(1000)))
    assert drawn.count("json-leaf") == 100
    assert "… 900 more" in drawn
    assert json_tree([[0] * 50] * 100).count("<div") < MAX_NODES * 3


@pytest.mark.parametrize(
    "found",
    [
        None,
        "text",
        [1, None, "x", [], {}],
        [{"type": "block"}],
        [{"type": "block", "block": "no object"}],
        [{"type": "block", "block": {"actions": {"a": 1}, "label": ["x"], "duration": "long"}}],
        [{"type": "block", "block": {"actions": [1, {}], "current_index": "0"}, "children": "x"}],
        [{"type": "thought", "thought": {"thought": {"deep": [1]}, "created_at": 5}}],
        [{"type": "block", "attempt": "2", "created_at": "yesterday", "block": {"status": 7}}],
    ],
)
def test_an_odd_timeline_is_shaped_as_far_as_it_can_be(found: Any) -> None:
    assert shape(found, now=timezone.now()).left_out == 0


def test_a_timeline_of_any_length_is_drawn_up_to_a_limit() -> None:
    actions = [{"action_id": f"act_{n}", "action_type": "click"} for n in range(3000)]
    found = [{"type": "block", "block": {"workflow_run_block_id": "b", "actions": actions}}]
    timeline = shape(found, now=timezone.now())
    assert len(list(timeline.walk())) + timeline.left_out == 3001
    assert timeline.left_out > 1000
