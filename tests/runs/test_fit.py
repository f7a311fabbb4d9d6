"""What is kept of a document that upstream sends; the short way and the long one agree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.mirror import fit

LINK = "https://x/v1/artifacts/a_1/content?expiry=1&sig=secret"
TEXTS = st.text() | st.sampled_from(["\x00", "a\ud800", "\U0001f600", LINK, r"\u0000", "NaN"])
FLOATS = st.floats() | st.integers(-(10**20), 10**20).map(float)
SECRETS = st.dictionaries(st.text(), st.text(), min_size=1, max_size=2)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXTS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(TEXTS, inner)
        | st.fixed_dictionaries(dict.fromkeys(fit.SECRETS, SECRETS))
    ),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_looking_first_changes_nothing(value: Any) -> None:
    assert repr(fit.document(value)) == repr(fit._cleaned(value))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param({"n": 5.0, "m": [1e16, 0.5]}, {"n": 5, "m": [10**16, 0.5]}, id="floats"),
        pytest.param([float("nan"), float("-inf")], [None, None], id="no numbers"),
        pytest.param("a\x00b\ud800", "ab", id="no text"),
        pytest.param({"u": LINK}, {"u": LINK.partition("?")[0]}, id="signature"),
        pytest.param(
            {"extra_http_headers": {"Cookie": "x"}},
            {"extra_http_headers": {"Cookie": fit.MASK}},
            id="secret headers",
        ),
        pytest.param({"at": "10:00:01.000"}, {"at": "10:00:01.000"}, id="a time is no float"),
    ],
)
def test_what_cannot_or_may_not_be_kept(told: Any, kept: Any) -> None:
    assert repr(fit.document(told)) == repr(kept)


def test_what_is_deeper_than_any_stack_is_cut() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    found = fit.document(deep)
    for _ in range(fit.DEEPEST):
        [found] = found
    assert found == fit.CUT
