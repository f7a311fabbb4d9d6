"""A run beside another one: what differs is told."""

from datetime import timedelta
from typing import Any

import pytest

from runs.comparison.outputs import MOST_LEAVES
from runs.comparison.parts import DIFFERS, HIDDEN, LONGEST, ONLY_HERE, ONLY_THERE, SAME
from runs.comparison.steps import MOST_ITEMS
from tests.runs.comparing import block, compared, loop, steps, told

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_inputs_that_differ_come_first() -> None:
    found = compared(
        {"parameters": {"a": 1, "b": "x", "d": None}}, {"parameters": {"a": 1, "b": "y", "c": []}}
    )
    assert told(found.inputs) == [
        ("b", "x", "y", DIFFERS),
        ("c", None, "[]", ONLY_THERE),
        ("d", "null", None, ONLY_HERE),
        ("a", "1", "1", SAME),
    ]
    assert [row.name for row in found.inputs.same] == ["a"]
    assert found.differences == [("inputs", "3 inputs")]


@pytest.mark.parametrize(
    ("here", "there", "cells"),
    [
        ("7", 7, ('"7"', "7")),
        ("true", True, ('"true"', "true")),
        (1, True, ("1", "true")),
        ({"b": 1, "a": 2}, {"a": 2, "b": 3}, ('{"a": 2, "b": 1}', '{"a": 2, "b": 3}')),
        ("", "x", ("", "x")),
    ],
)
def test_values_of_another_kind_are_told_apart(here: Any, there: Any, cells: Any) -> None:
    [row] = compared({"parameters": {"a": here}}, {"parameters": {"a": there}}).inputs.rows
    assert (row.here, row.there, row.verdict) == (*cells, DIFFERS)


def test_long_texts_are_shown_where_they_part() -> None:
    here, there = ("x" * 2_000 + end + "z" * 2_000 for end in ("THIS", "THAT"))
    [row] = compared({"parameters": {"a": here}}, {"parameters": {"a": there}}).inputs.rows
    assert row.here is not None
    assert row.there is not None
    assert "THIS" in row.here
    assert "THAT" in row.there
    assert len(row.here) == len(row.there) == LONGEST


def test_options_are_compared_only_as_both_were_told_in_the_same_way() -> None:
    sent = {"sent": {"parameters": {"a": 1}, "run_with": "code", "max_screenshot_scrolls": 3}}
    echoed = {"parameters": {"a": 1}, "request": {"run_with": "code"}}
    found = compared({**echoed, **sent}, echoed)
    assert (found.as_sent, found.options.differing) == (False, [])
    assert compared({**echoed, **sent}, {**echoed, **sent}).as_sent
    retried = {**echoed, "sent": {"retry_of": "wr_0"}}
    assert not compared({**echoed, **sent}, retried).as_sent
    other = {"request": {"run_with": "agent"}}
    assert told(compared(echoed, {**echoed, **other}).options) == [
        ("Run with", "code", "agent", DIFFERS)
    ]


@pytest.mark.parametrize("kind", ["sent", "request"])
def test_header_values_are_neither_shown_nor_compared(kind: str) -> None:
    def given(value: Any) -> dict[str, Any]:
        return {kind: {"extra_http_headers": value}}

    found = compared(given({"X": "s3c"}), given({"X": "s3d"}))
    assert told(found.options) == [("Extra http headers", '{"X": "•••"}', '{"X": "•••"}', HIDDEN)]
    [row] = compared(given({"X": "s3c"}), given({"Y": "s3c"})).options.rows
    assert (row.verdict, "s3c" in f"{row}") == (DIFFERS, False)
    assert "s3c" not in f"{compared(given('s3c'), given(['s3c'])).options}"


def test_blocks_stand_in_the_order_of_the_run_with_the_others_where_they_come() -> None:
    found = compared(steps("a", "b", "x"), steps("first", "a", "m", "b", "c", "d"))
    verdicts = {row.label: row.verdict for row in found.steps.rows}
    assert [row.label for row in found.steps.differing] == ["first", "m", "c", "d", "x"]
    assert [row.label for row in found.steps.same] == ["a", "b"]
    assert verdicts["x"] == ONLY_HERE
    assert {verdicts[label] for label in ("first", "m", "c", "d")} == {ONLY_THERE}


def test_what_a_block_came_to_is_told_with_its_time_and_reason() -> None:
    here = {"timeline": [block("a", "failed", 3, failure_reason="no such element")]}
    [row] = compared(here, steps("a")).steps.rows
    assert row.here is not None
    assert (row.here.status, row.here.seconds, row.here.reason) == ("failed", 3, "no such element")
    assert row.verdict == "Other status"
    other = {"timeline": [block("a", "failed", 3, failure_reason="no such page")]}
    assert compared(here, other).steps.rows[0].verdict == "Other reason"
    slow = {"timeline": [block("a", seconds=61)]}
    assert compared(slow, steps("a")).steps.rows[0].verdict == "1m 00s longer"
    assert compared(steps("a"), slow).steps.rows[0].verdict == "1m 00s shorter"


def test_a_loop_is_compared_item_by_item() -> None:
    found = compared(loop(["completed", "failed"]), loop(["completed", "completed", "completed"]))
    assert [(row.label, row.within, row.verdict) for row in found.steps.differing] == [
        ("each", "", "Differs within"),
        ("Item 2 (shop 1)", "each", "Other status"),
        ("read", "each › Item 2 (shop 1)", "Other status"),  # noqa: RUF001
        ("Item 3 (shop 2)", "each", ONLY_THERE),
    ]


def test_of_a_long_loop_fifty_items_are_shown_and_those_that_differ_among_them() -> None:
    good = ["completed"] * 80
    found = compared(loop([*good[:70], "failed"]), loop(good)).steps
    items = [row.label for row in found.rows if row.label.startswith("Item")]
    assert (len(items), found.left_out) == (MOST_ITEMS, 30)
    assert "Item 71 (shop 70)" in items


def test_only_the_last_attempt_is_compared() -> None:
    first = {**block("a", "failed"), "attempt": 1}
    second = {**block("a"), "attempt": 2}
    [row] = compared({"timeline": [second, first]}, steps("a")).steps.rows
    assert row.verdict == SAME


def test_outputs_are_compared_leaf_by_leaf_without_what_belongs_to_one_run() -> None:
    def output(run: str, total: int) -> dict[str, Any]:
        read = {
            "task_id": f"tsk_{run}",
            "extracted_information": {"rows": [{"total": total}, {"total": 9}]},
            "failure_reason": None,
            "task_screenshot_artifact_ids": [f"a_{run}"],
            "downloaded_files": [{"filename": "x.csv", "url": f"https://files/{run}"}],
        }
        rounds = [{"loop_value": 1, "output_parameter": {"id": run}, "output_value": 5}]
        return {"outputs": {"read_output": read, "each_output": [rounds]}}

    found = compared(output("1", 3), output("2", 4))
    assert told(found.outputs) == [
        ("read_output.extracted_information.rows[0].total", "3", "4", DIFFERS),
        ("read_output.extracted_information.rows[1].total", "9", "9", SAME),
        ("read_output.downloaded_files[0]", "x.csv", "x.csv", SAME),
        ("each_output[0][0].loop_value", "1", "1", SAME),
        ("each_output[0][0].output_value", "5", "5", SAME),
    ]


def test_many_outputs_are_cut_and_what_was_not_read_is_not_called_missing() -> None:
    few, many = {f"k{n}": n for n in range(600)}, {f"k{n}": n for n in range(600_000)}
    found = compared({"outputs": few}, {"outputs": few}).outputs
    assert (len(found.rows), found.left_out, found.is_cut) == (MOST_LEAVES, 100, False)
    found = compared({"outputs": many}, {"outputs": {**many, "k599999": "x"}}).outputs
    assert (found.is_cut, found.differing) == (True, [])
    found = compared({"outputs": {"k599999": "x"}}, {"outputs": many}).outputs
    assert [row.name for row in found.rows if row.verdict == ONLY_HERE] == []


def test_waiting_and_running_are_compared() -> None:
    minute = timedelta(minutes=1)
    found = compared({"waited": minute, "ran": 3 * minute}, {"ran": minute})
    assert [(span.name, span.change) for span in found.spans] == [
        ("Waited", "1m 00s longer"),
        ("Ran for", "2m 00s longer"),
    ]
    assert {span.change for span in compared({"ran": minute}, {"ran": 1.2 * minute}).spans} == {""}
