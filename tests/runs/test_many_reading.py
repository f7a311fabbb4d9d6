"""Files of rows: every way they come in is read, and what cannot be read is told by its line."""

from __future__ import annotations

import codecs
import json
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as some

from runs.batches import UnreadableError, check, decoded, read, sample
from runs.batches.columns import matched
from runs.batches.table import MOST_BYTES, MOST_ROWS
from runs.parameters import read as definitions

CSV = "sku,Größe\n1,ä\n"


def cells(text: str) -> list[tuple[str | None, ...]]:
    return [row.cells for row in read(text).rows]


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        codecs.BOM_UTF8 + CSV.encode(),
        CSV.encode("utf-16"),
        codecs.BOM_UTF16_BE + CSV.encode("utf-16-be"),
        CSV.encode("utf-16-le"),
        CSV.encode("utf-16-be"),
    ],
)
def test_utf_8_and_utf_16_are_read_with_and_without_a_mark(data: bytes) -> None:
    assert decoded(data) == CSV


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("sku\n1\nGröße\n".encode("latin-1"), "Line 3 is not UTF-8 text"),
        (b"PK\x03\x04rest", "Save the sheet as CSV"),
        (b"x" * (MOST_BYTES + 1), "2 MB at most"),
    ],
)
def test_a_file_that_is_no_such_text_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        decoded(data)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found_out(separator: str, end: str) -> None:
    lines = [["a b", "c"], ["1", '"x\ny"'], ["", "2"]]
    text = end.join(separator.join(line) for line in lines)
    table = read(text)
    assert table.columns == ["a b", "c"]
    assert [(row.line, row.cells) for row in table.rows] == [(2, ("1", "x\ny")), (4, (None, "2"))]


def test_a_separator_inside_quotation_marks_is_none() -> None:
    assert read('"a,b,c";d\n1;2\n').columns == ["a,b,c", "d"]
    assert cells('a,b\n"1,5","say ""hi"""\n') == [("1,5", 'say "hi"')]
    assert read("sep=;\na;b,c,d\n1;2\n").columns == ["a", "b,c,d"]


def test_lines_without_any_text_are_no_rows() -> None:
    table = read("\n\na,b\n1,2\n\n,\n3,4\n , \n")
    assert [(row.line, row.cells) for row in table.rows] == [(4, ("1", "2")), (7, ("3", "4"))]


def test_json_lines_and_a_json_list_are_the_same_rows() -> None:
    objects = [
        {"a": 1, "b": [1, {"x": "ä"}]},
        {"b": True, "c": None},
        {"a": "1.50", "c": ""},
        {"a": 1.5},
    ]
    wanted = [
        ("1", '[1, {"x": "ä"}]', None),
        (None, "true", None),
        ("1.50", None, ""),
        ("1.5", None, None),
    ]
    lines = "\n".join(json.dumps(found) for found in objects)
    assert cells(lines) == wanted
    assert cells(json.dumps(objects)) == wanted
    pretty = read(json.dumps(objects, indent=1))
    assert [row.cells for row in pretty.rows] == wanted
    assert [row.line for row in pretty.rows][:2] == [2, 11]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing to read yet"),
        (" \n ", "nothing to read yet"),
        ("a,b\n", "no row below"),
        (",\n,", "names no column"),
        ("[]", "no row below"),
        ("a,b\n1,2\n1,2,3\n", "Line 3 has 3 cells, but the first line names 2 columns"),
        ("a,b\n\n1\n", "Line 3 has 1 cell,"),
        ('a,b\n1,2\n1,"open\n3,4\n', "Line 3: a quotation mark"),
        ('a,b\n"1"x,2\n', "Line 2: after the quotation mark"),
        ("a\n" + "x" * 140_000, "Line 2: a cell is longer than"),
        ("a\n1\0", "Line 2 holds a NUL"),
        ('{"a": 1}\n{"a": }\n', "Line 2 is not JSON: .* .column 7"),
        ('{"a": 1} {"a": 2}', "Line 1: something follows"),
        ('{"a": 1}\n[1]', "Line 2 is not an object"),
        ('[{"a": 1},\n7]', "Line 2 is not an object"),
        ('[{"a": 1}\n{"a": 2}]', "Line 2: a comma"),
        ('[{"a": 1},\n{"a": ', "Line 2 is not JSON"),
        ('[{"a": 1}]\nx', "something follows after the list"),
        ('{"a": NaN}', "Line 1 is not JSON: NaN"),
        ('{"a": ' + "[" * 100_000, "Line 1 is nested too deep"),
        (",".join("c" * 201) + "\n" + "," * 199 + "1,", "columns are too many|has"),
        ("a\n" + "1\n" * (MOST_ROWS + 1), "1,001 rows are too many.* line 1,002"),
        ("x" * (MOST_BYTES + 1), "2 MB at most"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read(text)


@hypothesis.given(some.text(alphabet='ab,;\t\n"\r {}[]:1é\u2028'))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableError):
        table = read(text)
        assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_columns_find_the_parameters_that_are_named_alike() -> None:
    keys = {"unit_price": 1, "customer": 2, "Customer": 3, "lines": 4}
    columns = ["Unit Price", "CUSTOMER", "Customer", "'lines", "unit-price", "", "other"]
    assert matched(columns, keys) == ["unit_price", "customer", "Customer", "lines", "", "", ""]


DEFINITIONS: list[dict[str, Any]] = [
    {"key": "n", "type": "integer", "default_value": None},
    {"key": "on", "type": "boolean", "default_value": False},
    {"key": "text", "type": "string", "default_value": "as ever"},
    {"key": "data", "type": "json", "default_value": {"a": [1]}},
    {"key": "=1+1", "type": "string", "default_value": "=cmd()"},
]


def test_each_cell_is_held_to_the_rules_of_a_single_launch() -> None:
    table = read('n,on,text,data\n1,TRUE,,"{""b"": 1}"\n1.9,yes,x,{\n,,,\n,true,,\n')
    checked = check(table, dict(enumerate(definitions(DEFINITIONS[:4]))), {"all": "same"})
    assert checked.good == [{"all": "same", "n": 1, "on": True, "data": {"b": 1}}]
    first, second = checked.problems
    assert set(first.errors) == {0, 1, 3}
    assert "whole number" in first.errors[0]
    assert (second.row.line, second.errors) == (5, {0: "Give a value."})


def test_an_empty_text_in_json_is_sent_and_a_missing_one_is_not() -> None:
    columns = dict(enumerate(definitions(DEFINITIONS)[2:3]))
    table = read('{"text": ""}\n{"text": null}\n{"text": " "}')
    assert check(table, columns, {}).good == [{"text": ""}, {}, {"text": " "}]


def test_the_same_rows_have_one_digest_however_they_came() -> None:
    def digest(text: str) -> str:
        table = read(text)
        asked = {found.key: found for found in definitions(DEFINITIONS)}
        columns = {n: asked[name] for n, name in enumerate(table.columns)}
        return check(table, columns, {}).digest

    assert digest("n,on\n1,true\n2,\n") == digest('[{"on": true, "n": 1}, {"n": "2"}]')
    assert digest("n\n1\n2\n") != digest("n\n2\n1\n")


def test_the_sample_is_read_back_as_it_was_meant() -> None:
    text = sample(DEFINITIONS)
    table = read(text)
    columns = matched(table.columns, {found["key"]: 1 for found in DEFINITIONS})
    assert columns == [found["key"] for found in DEFINITIONS]
    asked = {found.key: found for found in definitions(DEFINITIONS)}
    checked = check(table, {n: asked[key] for n, key in enumerate(columns)}, {})
    assert checked.good[0]["data"] == {"a": [1]}
    assert not any(line.startswith("=") or ",=" in line for line in text.splitlines())
