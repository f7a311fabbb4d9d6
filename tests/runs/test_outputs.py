"""A document of any size: laid out, every part of it is found, read and searched as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runs.outputs import Document, Node, lay_out, layout, paths, reading
from runs.outputs.document import outline
from runs.outputs.reading import Held
from runs.outputs.search import search

TEXTS = st.text() | st.sampled_from(["a", "b c", 'q"\\', "\n\t\x1f", "ä漢\U0001f600", "x" * 90])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32) | TEXTS,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(TEXTS, inner, max_size=8),
    max_leaves=40,
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large is so already with forty characters."""
    monkeypatch.setattr(layout, "LARGE", 40)
    monkeypatch.setattr(layout, "PIECE", 64)
    monkeypatch.setattr(reading, "PIECE", 64)


several = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)


def laid_out(value: Any) -> Document:
    """As the database would give it back, or as it is where it is small."""
    made = lay_out(value)
    if made is None:
        return Document.of(value)
    assert "".join(made.pieces()) == made.text
    return Document.outlined(outline(made), Held(made.text))


def rebuilt(node: Node) -> Any:
    if node.kind == "object":
        return {child.key: rebuilt(child) for child in node.children()}
    if node.kind == "array":
        return [rebuilt(child) for child in node.children()]
    if node.kind == "text":
        return "".join(stretches(node))
    return node.value


def stretches(node: Node, most: int = 7) -> Iterator[str]:
    at = 0
    while True:
        text, then = node.stretch(at, most)
        if then == at:
            return
        yield text
        at = then


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)


@several
@given(VALUES)
@example(["y" * 50, 1, "z" * 50, {"k" * 60: [["v" * 60]]}])
@example({str(n): "x" * (n % 50) for n in range(100)})
def test_nothing_is_lost_and_every_part_is_where_its_path_says(small: None, value: Any) -> None:
    document = laid_out(value)
    assert rebuilt(document.root) == value
    assert json.loads("".join(document.root.json())) == value
    for node in walk(document.root):
        trail = document.at(node.path)
        assert trail is not None
        assert (trail[-1].said, trail[-1].places) == (node.said, node.places)
        assert json.loads("".join(node.json())) == rebuilt(node)
        by_place = document.at(paths.ROOT + "".join(f"{{{place}}}" for place in node.places))
        assert by_place is not None
        assert by_place[-1].said == node.said


@several
@given(VALUES, st.integers(0, 130))
def test_children_begin_where_they_are_asked_to(small: None, value: Any, start: int) -> None:
    for node in walk(laid_out(value).root):
        assert [child.place for child in node.children(start)] == list(
            range(start, len(list(node.children())))
        )


def sought(node: Node, query: str) -> list[str]:
    """The slow way."""
    names = [node.key] if isinstance(node.key, str) and node.key else []
    value = [] if node.is_branch else [rebuilt(node)]
    said = [each if isinstance(each, str) else json.dumps(each) for each in value]
    return [node.said for each in (*names, *said) if query.casefold() in each.casefold()]


@several
@given(VALUES, st.sampled_from(["a", "X", 'q"', "\\", "\n", "漢", "1", "true", "null", "c"]))
def test_a_search_finds_what_a_slow_one_does(small: None, value: Any, query: str) -> None:
    document = laid_out(value)
    found = search(document, query, patience=60)
    slowly = [path for node in walk(document.root) for path in sought(node, query)]
    assert [match.node.said for match in found.matches] == slowly[:100]
    assert found.is_cut is (len(slowly) > 100)
    for match in found.matches:
        assert query.casefold() in match.matching.casefold()


def test_what_is_longer_when_it_is_folded_is_marked_where_it_stands() -> None:
    [match] = search(laid_out(["ẞtraße, ßx"]), "SSX").matches
    assert (match.before, match.matching, match.after) == ("ẞtraße, ", "ßx", "")


def test_a_search_ends_in_time_and_says_so() -> None:
    found = search(laid_out(["x" * 100] * 100_000), "never", patience=-1)
    assert (found.matches, found.is_cut) == ([], True)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", []),
        ("$.orders[3].total", ["orders", 3, "total"]),
        ('$["unit price"]["a\\"b"]', ["unit price", 'a"b']),
        ("$['unit price'][0]", ["unit price", 0]),
        ("${7}", [paths.Place(7)]),
        ("$.größe", ["größe"]),
        ("orders", None),
        ("$.", None),
        ("$[x]", None),
        ("$[1", None),
        ("$..a", None),
        ("$.a b", None),
    ],
)
def test_a_path_is_read_as_people_write_it(path: str, steps: list[Any] | None) -> None:
    assert paths.parsed(path) == steps


def test_a_name_that_nobody_could_type_is_told_by_its_place() -> None:
    for name in ("\u202eabc", "a\u200bb", "x" * 101, "\n"):
        assert paths.step(name, 7) == "{7}"
    assert paths.step("unit price", 7) == '["unit price"]'


def test_a_path_that_no_address_could_hold_is_told_by_places() -> None:
    value: Any = "bottom"
    for _ in range(90):
        value = {"a name that is rather long": value}
    [*_, node] = walk(Document.of(value).root)
    assert node.path == "$" + "{0}" * 90


@pytest.mark.parametrize("path", ["$.none", "$.a[5]", "$.a.b.c", "$[0]", "${9}", "$.t[0]", "x"])
def test_a_path_that_leads_nowhere_is_told(small: None, path: str) -> None:
    for value in ({"a": [1], "t": "text"}, {"a": [1] * 3, "t": "text" * 90}):
        assert laid_out(value).at(path) is None


def test_what_is_too_deep_in_too_large_a_whole_is_still_in_the_file(small: None) -> None:
    value: Any = "bottom" * 1_000
    for _ in range(90):
        value = [value, "x"]
    document = laid_out(value)
    deepest = max(walk(document.root), key=lambda node: len(node.places))
    assert deepest.is_too_deep
    assert layout.MOST_WRITTEN - 5 < len(deepest.places) < layout.MOST_WRITTEN + 5
    assert json.loads("".join(document.root.json())) == value


def test_the_beginning_of_a_document_is_cut_where_there_is_no_more_room(small: None) -> None:
    value: Any = {"rows": [{"n": n, "text": "x" * 60} for n in range(50)], "last": 1}
    whole, is_cut = laid_out(value).beginning(100_000)
    assert (whole, is_cut) == (value, False)
    begun, is_cut = laid_out(value).beginning(500)
    assert is_cut
    assert begun["rows"][:3] == value["rows"][:3]
    assert len(begun["rows"]) < 20
    assert "last" not in begun


def test_an_outline_is_small_beside_its_text() -> None:
    rows = [{"sku": f"NW-{n}", "text": "x" * 200} for n in range(20_000)]
    made = lay_out({f"block_{n}_output": rows for n in range(4)})
    assert made is not None
    assert len(made.text) > 15_000_000
    assert len(outline(made)) < 50_000
