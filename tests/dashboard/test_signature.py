"""A webhook is believed only with the signature of its raw bytes."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.skyvern.signature import sign, verify


@given(st.binary(), st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_was_signed_is_verified(body: bytes, key: str) -> None:
    assert verify(body, sign(body, key), key)
    assert verify(body, f" {sign(body, key).upper()} ", key)


def test_the_signature_is_hex_hmac_sha256_keyed_by_the_api_key() -> None:
    assert (
        sign(b'{"run_id":"wr_1"}', "key")
        == hmac.digest(b"key", b'{"run_id":"wr_1"}', "sha256").hex()
    )


@given(st.binary(), st.binary())
def test_a_changed_body_is_not_verified(body: bytes, other: bytes) -> None:
    assert verify(other, sign(body, "key"), "key") == (body == other)


@given(st.text())
def test_garbage_is_not_verified(header: str) -> None:
    assert not verify(b"body", header, "key")


@pytest.mark.parametrize("header", ["", "sha256=", "\ud800", "é" * 64, "0" * 64, "0" * 100_000])
def test_odd_headers_are_not_verified(header: str) -> None:
    assert not verify(b"body", header, "key")


def test_without_a_key_nothing_is_verified() -> None:
    assert not verify(b"body", sign(b"body", ""), "")
