"""Console logs and HARs: whatever is in them is shown as text, or refused in words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.models import Run
from runs.readable import console, har
from runs.readable.plain import UnreadableError
from runs.readable.zipped import unpacked
from tests.conftest import Browse
from tests.hostile.logs import HARS, LARGE_LOGS, LOGS, WRITTEN, entry, written, zipped
from tests.runs.conftest import Play
from tests.runs.reading import Sends, served, table

KEYS = st.sampled_from(sorted(har.KEPT))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | KEYS, inner),
    max_leaves=12,
)
ENTRIES = st.lists(st.dictionaries(KEYS, JSON, max_size=4), max_size=4)


def drawn(found: Any) -> None:
    """What a page asks of each row; and all of it can be encoded."""
    for row in found.rows:
        said = [row.sought, str(row.moment), str(row.is_problem)]
        said += [row.outcome, str(row.took)] if isinstance(row, har.Entry) else []
        assert "".join(said).encode()


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Nothing may go wrong, or it is a sentence for people."""
    try:
        yield
    except UnreadableError as error:
        if not str(error).endswith("."):
            raise


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_the_readers_raise_nothing_but_their_own_error(content: bytes) -> None:
    drawn(console.parse(content))
    with refused_in_words():
        drawn(har.parse(content))


@given(ENTRIES)
def test_entries_of_any_shape_make_rows(entries: list[Any]) -> None:
    found = har.parse(written(*entries))
    assert len(found.rows) == len(entries)
    drawn(found)


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=6))
def test_an_archive_with_wrong_bytes_is_read_or_refused(place: int, wrong: bytes) -> None:
    whole = bytearray(zipped(log=WRITTEN, har=written(entry())))
    start = 4 + place % len(whole)
    whole[start : start + len(wrong)] = wrong
    for content in (bytes(whole), bytes(whole[:start])):
        with refused_in_words():
            drawn(console.parse(unpacked(content, ".log")))
        with refused_in_words():
            drawn(har.parse(unpacked(content, ".har")))


@pytest.fixture
def run(play: Play) -> Run:
    return play("Invoice download")


@pytest.fixture
def sends(sandbox: Sandbox, settings: Settings) -> Sends:
    """From now on that is the content of every file."""
    return served(settings)


KINDS = ("har", "browser_console_log")
HOSTILE = [
    *(pytest.param("har", lambda c=content: c, id=f"HAR, {n}") for n, content in HARS.items()),
    *(pytest.param(KINDS[1], lambda c=content: c, id=f"log, {n}") for n, content in LOGS.items()),
    *(
        pytest.param(kind, make, id=f"{kind}, {n}")
        for kind in KINDS
        for n, make in LARGE_LOGS.items()
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "make"), HOSTILE)
def test_any_file_is_a_table_or_a_sentence(
    browse: Browse, run: Run, sends: Sends, kind: str, make: Callable[[], bytes]
) -> None:
    sends(make())
    begun = time.monotonic()
    answer = browse("support").get(table(run, kind))
    assert time.monotonic() - begun < 15
    assert answer.status_code == 200
    shown = answer.text.partition('<main class="main"')[2]
    assert any(words in shown for words in ("<tbody>", "in this file</h2>", "No table can be made"))
    assert "<script" not in shown.replace("<script src=", "")
    assert "<img" not in shown
    assert 'href="javascript:' not in shown
    assert not set(shown) & set("\x00\x07\x1b\u202e\u2066\u200f")
    assert "s3cret" not in shown
    assert len(shown) < 2_000_000
