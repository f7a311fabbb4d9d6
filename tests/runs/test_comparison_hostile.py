"""Two runs can be compared whatever upstream told of them."""

import pytest

from runs.comparison import Comparison
from runs.comparison.outputs import MOST_LEAVES
from runs.comparison.parts import LONGEST
from runs.comparison.steps import MOST_STEPS
from runs.mirror.fit import document
from runs.models import Run
from tests.conftest import Browse
from tests.hostile.documents import DOCUMENTS, nested
from tests.runs.comparing import compared, page, read, steps, worst_pair

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def worst(db: None) -> tuple[Run, Run]:
    return worst_pair()


@pytest.mark.parametrize("here", DOCUMENTS)
def test_anything_can_be_compared_and_every_cell_is_short(
    browse: Browse, here: str, worst: tuple[Run, Run]
) -> None:
    """With itself, with nothing, and on a page beside a run that has something else."""
    hostile = dict.fromkeys(("parameters", "outputs", "request", "timeline"), DOCUMENTS[here])
    for known in (hostile, steps("a"), {"outputs": {"a": 1}}):
        for found in (compared(hostile, known), compared(known, hostile)):
            assert_short(found)
    run, good = worst
    kept = {name: document(value) for name, value in hostile.items()}
    read(run, **{name: value for name, value in kept.items() if value is not None})
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
