"""Two runs can be compared whatever upstream told of them."""

from typing import Any

import pytest

from runs.comparison import Comparison
from runs.comparison.outputs import MOST_LEAVES
from runs.comparison.parts import LONGEST
from runs.comparison.steps import MOST_STEPS
from runs.models import Run
from tests.conftest import Browse
from tests.runs.comparing import block, compared, page, read, steps, worst_pair

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def worst(db: None) -> tuple[Run, Run]:
    return worst_pair()


def nested(depth: int, innermost: Any) -> Any:
    for turn in range(depth):
        innermost = [innermost] if turn % 2 else {"a": innermost}
    return innermost


NO_BLOCKS: tuple[Any, ...] = (None, 1, "x", [], {})
HOSTILE: dict[str, Any] = {
    "nothing": None,
    "a text": "text",
    "a number": 7,
    "a long number": 10**400,
    "a fraction": 1e308,
    "a truth": True,
    "an empty list": [],
    "an empty object": {},
    "nothings": [None] * 1000,
    "a long text": "x" * 3_000_000,
    "a long key": {"k" * 3_000_000: "v"},
    "many keys": {f"key {n}": n for n in range(20_000)},
    "many items": list(range(20_000)),
    "deep": nested(90, "bottom"),
    "markup": {"<script>alert(1)</script>": "<b>bold</b>"},
    "another direction": {"\u202egnp": "\u202eabc"},
    "control characters": "\t\r\n\x1b[31m",
    "blocks of no kind": [{"type": "block", "block": known} for known in NO_BLOCKS],
    "blocks of odd types": [
        {"type": "block", "block": {"label": [1], "status": {"a": 1}, "duration": "long"}},
        block("x", "failed", failure_reason={"a": ["b"]}),
        block("y", error_codes=7, actions="z", current_index="0", children="none"),
        {"type": "block", "attempt": "2", "created_at": 5, "children": [[1]], "block": {}},
    ],
    "blocks in blocks": [block("a", children=[block("b" * 9999, children=[block("c")])])] * 500,
    "headers": {"extra_http_headers": [1, {}], "cdp_connect_headers": 5},
}


@pytest.mark.parametrize("here", HOSTILE)
def test_anything_can_be_compared_and_every_cell_is_short(
    browse: Browse, here: str, worst: tuple[Run, Run]
) -> None:
    """With itself, with nothing, and on a page beside a run that has something else."""
    hostile = dict.fromkeys(("parameters", "outputs", "request", "timeline"), HOSTILE[here])
    for known in (hostile, steps("a"), {"outputs": {"a": 1}}):
        for found in (compared(hostile, known), compared(known, hostile)):
            assert_short(found)
    run, good = worst
    read(run, **{name: value for name, value in hostile.items() if value is not None})
    read(good, parameters={"a": 1}, **steps("a"))
    html = page(browse("support"), run)
    assert 'id="compare-steps"' in html
    assert len(html) < 1_500_000
    for never in ("<script>alert", "<b>bold"):
        assert never not in html


def assert_short(found: Comparison) -> None:
    cells: list[str | None] = []
    for part in (found.inputs, found.options, found.outputs):
        assert len(part.rows) <= MOST_LEAVES
        cells += [cell for row in part.rows for cell in (row.name, row.here, row.there)]
    assert len(found.steps.rows) <= MOST_STEPS
    for row in found.steps.rows:
        cells += [row.label, row.within]
        for told in (row.here, row.there):
            cells += [told.status, told.reason] if told else []
    assert max((len(cell) for cell in cells if cell), default=0) <= LONGEST


def test_what_no_database_could_hold_breaks_nothing_either() -> None:
    deep = nested(50_000, "bottom")
    assert_short(compared({"outputs": deep, "parameters": {"a": deep}}, {"outputs": deep}))
    assert_short(compared({"parameters": {"a": {1: 2, "b": 3}}}, {"parameters": {"a": 10**9000}}))
