"""Artifacts pass through as streams, whole or in part, and never stay in memory."""

import socket
import threading
import tracemalloc

import httpx
import pytest

from dashboard.skyvern import Skyvern, errors
from tests.dashboard.scripted_server import answer, raw, scripted

KEY = "a-secret-api-key"
MIB = 2**20


def test_a_range_is_passed_on_and_its_headers_come_back() -> None:
    part = answer(
        206, b"0123", content_type="video/mp4", content_range="bytes 0-3/9", set_cookie="a=b"
    )
    with (
        scripted(part) as server,
        Skyvern(server.url, KEY).artifact("a_1", "bytes=0-3") as stream,
    ):
        assert b"".join(stream.iter_bytes()) == b"0123"
    assert stream.status == 206
    assert stream.headers == {
        "content-type": "video/mp4",
        "content-length": "4",
        "content-range": "bytes 0-3/9",
    }
    assert b"\r\nrange: bytes=0-3\r\n" in server.requests[0].lower()


def test_a_large_artifact_is_never_held_in_memory() -> None:
    def send(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (64 * MIB))
        for _ in range(64):
            line.sendall(bytes(MIB))

    with scripted(send) as server, Skyvern(server.url, KEY).artifact("a_1") as stream:
        tracemalloc.start()
        assert sum(len(chunk) for chunk in stream.iter_bytes()) == 64 * MIB
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * MIB


def test_leaving_early_closes_the_connection() -> None:
    hung_up = threading.Event()

    def send(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while True:
                line.sendall(bytes(MIB))
        except OSError:
            hung_up.set()

    with scripted(send) as server:
        with Skyvern(server.url, KEY).artifact("a_1") as stream:
            next(stream.iter_bytes())
        assert hung_up.wait(5)


def test_a_stream_that_breaks_off_is_unavailable() -> None:
    cut = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    with (
        scripted(cut) as server,
        Skyvern(server.url, KEY).artifact("a_1") as stream,
        pytest.raises(errors.Unavailable, match="broke off"),
    ):
        list(stream.iter_bytes())


def test_only_what_comes_before_the_first_byte_is_repeated() -> None:
    with (
        scripted(answer(503), answer(200, b"here")) as server,
        Skyvern(server.url, KEY).artifact("a_1") as stream,
    ):
        assert b"".join(stream.iter_bytes()) == b"here"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, errors.NotFound), (403, errors.Forbidden), (416, errors.Rejected)],
)
def test_a_refused_artifact_says_why(status: int, kind: type[errors.SkyvernError]) -> None:
    with (
        scripted(answer(status)) as server,
        pytest.raises(kind) as caught,
        Skyvern(server.url, KEY).artifact("a_1"),
    ):
        pytest.fail("there is nothing to stream")
    assert caught.value.status == status


def test_a_packed_artifact_does_not_claim_its_packed_length() -> None:
    packed = httpx.Response(200, headers={"content-encoding": "identity"}, content=b"12345")
    client = Skyvern("http://x", KEY, transport=httpx.MockTransport(lambda _: packed))
    with client.artifact("a_1") as stream:
        assert "content-length" not in stream.headers
        assert b"".join(stream.iter_bytes()) == b"12345"
