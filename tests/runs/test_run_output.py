"""The tab and the files of a run's output: a large one is read in parts, and never half of two."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.skyvern import schema
from runs import mirror
from runs.models import LargeOutput, OutputPiece, Run, RunDetail
from runs.outputs import ReplacedError, stored
from runs.views.run_output import Asked
from tests.conftest import Browse
from tests.runs.test_run_detail import made, page

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def large(count: int = 3_000) -> dict[str, Any]:
    rows = [{"number": f"R-{n}", "text": "x" * 200} for n in range(count)]
    return {"read_output": {"rows": rows}, "note_output": "All are read.", "empty_output": None}


def told(outputs: Any, timeline: Any = ()) -> Run:
    """Mirrored, as Skyvern tells it."""
    run = Run.objects.filter(pk="wr_1").first() or made(watched_at=timezone.now())
    rich = schema.read(
        schema.WorkflowRunDetail,
        {"workflow_run_id": "wr_1", "status": "completed", "outputs": outputs},
    )
    steps = [schema.read(schema.TimelineItem, item) for item in timeline]
    now = timezone.now()
    mirror.save_detail("wr_1", run=None, rich=rich, timeline=steps, artifacts=[], seen_at=now)
    Run.objects.update(watched_at=now, detail_due=False)
    return run


@pytest.fixture
def run(db: None) -> Run:
    return told(large())


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse("support")


def part(client: Client, **query: Any) -> str:
    answer = client.get("/runs/wr_1/output/", query, headers=HTMX)
    assert answer.status_code == 200
    return str(answer.text)


def file(client: Client, name: str, **query: Any) -> Any:
    return json.loads(client.get(f"/runs/wr_1/{name}.json", query).getvalue())


def test_a_large_output_is_laid_out_as_it_is_mirrored(run: Run, client: Client) -> None:
    found = LargeOutput.objects.get()
    assert found.length == sum(map(len, OutputPiece.objects.values_list("text", flat=True)))
    html = page(client, run, tab="output")
    for said in ("read", "3,000 items", "All are read.", 'data-path="$.note_output"'):
        assert said in html
    assert "empty" not in html.partition('id="outputs"')[2].partition("</main>")[0]
    assert len(html) < 120_000


def test_of_a_large_output_only_what_is_shown_is_read(run: Run, client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        page(client, run, tab="output", path="$.read_output.rows[2500].number")
    sent = [query["sql"] for query in asked.captured_queries]
    assert not [sql for sql in sent if '"outputs"' in sql]
    assert len([sql for sql in sent if "runs_outputpiece" in sql]) <= 2


def test_a_fold_gets_its_children_and_a_way_to_the_next(run: Run, client: Client) -> None:
    html = part(client, path="$.read_output.rows")
    assert html.startswith('<div class="json" data-path="$.read_output.rows">')
    assert "R-0" in html
    assert "path=%24.read_output.rows&amp;from=100" in html
    assert "R-2999" in part(client, path="$.read_output.rows", **{"from": 2_990})
    assert client.get("/runs/wr_1/output/", {"path": "$.no"}, headers=HTMX).status_code == 404
    answer = client.get("/runs/wr_1/output/", {"path": "$.read_output"})
    assert answer["Location"] == "/runs/wr_1/?tab=output&path=%24.read_output&from=0"


def test_a_value_is_shown_among_its_siblings_and_marked(run: Run, client: Client) -> None:
    html = page(client, run, tab="output", path="$.read_output.rows[2500].number")
    assert 'data-part=".number" id="here"' in html
    assert "R-2500" in html
    assert ">rows</bdi></a>" in html
    assert "Nothing is at" in page(client, run, tab="output", path="$.read_output.rows[3000]")


def test_a_path_can_be_typed_into_the_search(run: Run, client: Client) -> None:
    html = page(client, run, tab="output", find="$.read_output.rows[7].number")
    assert 'id="here"' in html
    assert "R-7" in html


def test_what_is_found_leads_to_its_place(run: Run, client: Client) -> None:
    html = page(client, run, tab="output", find="r-2999")
    assert "1 place with" in html
    assert "path=%24.read_output.rows%5B2999%5D.number#here" in html
    assert "<mark>R-2999</mark>" in html
    assert "was not found" in page(client, run, tab="output", find="<b>nowhere")
    assert "there may be more" in page(client, run, tab="output", find="xxx")


@pytest.mark.parametrize("given", ["x", "-1", "9" * 30, "²", "", "99999999"])
def test_an_odd_place_to_begin_breaks_nothing(run: Run, client: Client, given: str) -> None:
    part(client, path="$.read_output.rows", **{"from": given})
    page(client, run, tab="output", path="$.note_output", **{"from": given})


def test_the_files_are_whole_and_a_part_is_a_file_too(run: Run, client: Client) -> None:
    assert file(client, "output") == large()
    assert file(client, "raw")["detail"]["outputs"] == large()
    assert file(client, "output", path="$.read_output.rows[5].number") == "R-5"
    assert file(client, "output", path="$.read_output") == large()["read_output"]
    assert client.get("/runs/wr_1/output.json", {"path": "$.no"}).status_code == 404


def test_what_is_too_large_for_a_clipboard_is_refused(run: Run, client: Client) -> None:
    whole = client.get("/runs/wr_1/output.json", {"path": "$", "copy": "1"})
    assert whole.status_code == 413
    assert file(client, "output", path="$.read_output.rows[5].number", copy="1") == "R-5"


def test_the_raw_tab_leaves_a_large_output_to_its_own(run: Run, client: Client) -> None:
    html = page(client, run, tab="raw")
    assert "Its output is too large to stand here." in html
    assert "R-5" not in html
    told({"a": "small"})
    assert "small" in page(client, run, tab="raw")


def test_a_small_output_needs_no_second_copy(run: Run, client: Client) -> None:
    told({"a_output": {"b": 1}})
    assert not LargeOutput.objects.exists()
    assert not OutputPiece.objects.exists()
    assert file(client, "output") == {"a_output": {"b": 1}}
    assert "$.a_output" in page(client, run, tab="output")


def test_an_output_that_did_not_change_is_not_written_again(run: Run) -> None:
    before = LargeOutput.objects.get().pk
    told(large())
    assert LargeOutput.objects.get().pk == before
    told(large(3_001))
    assert LargeOutput.objects.get().pk != before
    assert set(OutputPiece.objects.values_list("output", flat=True)) == {
        LargeOutput.objects.get().pk
    }


def test_what_a_block_brought_out_is_not_kept_a_second_time_in_the_timeline(client: Client) -> None:
    run = made(watched_at=timezone.now())
    outputs = large()
    known = {"workflow_run_block_id": "wrb_1", "label": "read", "status": "completed"}
    steps: list[Any] = [
        {"type": "block", "block": known | {"output": outputs["read_output"]}, "children": []},
        {"type": "block", "block": known | {"label": "other", "output": {"rows": ["y"] * 40_000}}},
        {"type": "block", "block": known | {"output": {"small": 1}}},
    ]
    told(outputs, timeline=[{"type": "block", "block": {"label": "loop"}, "children": steps}])
    kept = RunDetail.objects.get().timeline[0]["children"]
    assert "All of it is in the output of the run." in kept[0]["block"]["output"]
    assert kept[1:] == steps[1:]
    assert steps[0]["block"]["output"] == outputs["read_output"]
    assert "All of it is in the output" in page(client, run, step="wrb_1")


def test_an_output_of_before_is_laid_out_when_it_is_looked_at(client: Client) -> None:
    run = made(watched_at=timezone.now())
    RunDetail.objects.create(run=run, fetched_at=timezone.now(), outputs=large())
    assert "3,000 items" in page(client, run, tab="output")
    assert LargeOutput.objects.get().run == run
    assert "R-2999" in part(client, path="$.read_output.rows", **{"from": 2_950})


def replaced(run: Run) -> Callable[[], str]:
    """Reads the output, which is replaced while it does so for the first time."""
    tries: list[int] = []

    def read() -> str:
        document = stored.large(run.pk)
        assert document is not None
        if not tries:
            tries.append(1)
            told(large(3_100))
        trail = document.at("$.read_output.rows[2050].number")
        assert trail is not None
        return str(trail[-1].value)

    return read


def test_a_reader_never_mixes_two_outputs(run: Run) -> None:
    begun = stored.large(run.pk)
    assert begun is not None
    assert stored.settled(replaced(run)) == "R-2050"
    with pytest.raises(ReplacedError):
        begun.at("$.read_output.rows[0].number")


def test_looking_at_an_output_costs_the_same_however_large(
    run: Run, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told(large(20_000))
    page(client, run, tab="output")
    with django_assert_max_num_queries(14):
        page(client, run, tab="output", path="$.read_output.rows", **{"from": "15000"})


def test_an_unknown_run_has_no_output(client: Client) -> None:
    assert client.get("/runs/wr_none/output/", headers=HTMX).status_code == 404


def test_an_address_asks_for_bounded_things() -> None:
    class Request:
        GET = {"path": "$" + "x" * 9_000, "find": "y" * 9_000, "from": "7"}

    asked = Asked.of(Request())  # type: ignore[arg-type]  # it looks at nothing else
    assert (len(asked.path), len(asked.find), asked.start) == (3_000, 200, 7)
