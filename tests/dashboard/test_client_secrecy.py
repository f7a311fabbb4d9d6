"""The API key shows in no message, repr, traceback or log, whatever goes wrong."""

import logging
import traceback
from collections.abc import Callable

import pytest

from dashboard.skyvern import Skyvern, errors, schema
from tests.dashboard.scripted_server import Play, answer, raw, scripted

KEY = "eyJhbGciOiJIUzI1NiJ9.secret-part.signature"
ECHO = b'{"detail": "Your key %s is wrong"}' % KEY.encode()
FAULTS = [
    pytest.param(raw(b""), id="hang up"),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"), id="cut"),
    pytest.param(answer(200, b"garbage " + KEY.encode()), id="garbage"),
    pytest.param(answer(400, ECHO), id="refused"),
    pytest.param(answer(403, ECHO), id="forbidden"),
    pytest.param(answer(422, b'{"detail": [{"loc": ["%s"], "msg": 1}]}' % KEY.encode()), id="422"),
    pytest.param(answer(500, ECHO), id="broken"),
]
ECHOES_OUTSIDE_THE_BODY = [
    pytest.param(raw(b"no HTTP " + KEY.encode() + b"\r\n\r\n"), id="no HTTP"),
    pytest.param(answer(500, x_echo=KEY), id="in a header"),
    pytest.param(answer(302, location=f"http://127.0.0.1:1/{KEY}"), id="redirect"),
]


def read(client: Skyvern) -> None:
    client.runs()


def start(client: Skyvern) -> None:
    client.start(schema.RunRequest(workflow_id="wpid_1"))


def stream(client: Skyvern) -> None:
    with client.artifact("a_1") as content:
        if b"garbage" in b"".join(content.iter_bytes()):
            raise errors.Unavailable("An artifact may hold anything.")


def shown(exc: BaseException) -> str:
    """All that a debug page could show of it: texts, attributes, and the locals of its frames."""
    assert exc.__traceback__ is not None
    exc.__traceback__ = exc.__traceback__.tb_next  # without the test's own frame
    report = traceback.TracebackException.from_exception(exc, capture_locals=True)
    return "".join([*report.format(), *attributes(exc)])


def attributes(exc: BaseException | None) -> list[str]:
    if exc is None:
        return []
    held = list(vars(exc).values())
    deeper = [vars(each) for each in held if hasattr(each, "__dict__")]
    return [repr(exc), repr(held), repr(deeper), *attributes(exc.__cause__ or exc.__context__)]


@pytest.mark.parametrize("act", [read, start, stream])
@pytest.mark.parametrize("fault", [*FAULTS, *ECHOES_OUTSIDE_THE_BODY])
def test_no_failure_shows_the_key(fault: Play, act: Callable[[Skyvern], None]) -> None:
    with scripted(fault) as server:
        client = Skyvern(server.url, KEY, tries=1)
        with pytest.raises(errors.SkyvernError) as caught:
            act(client)
    assert KEY.encode() in server.requests[0]
    if act is not stream:
        assert KEY not in shown(caught.value)
    assert KEY not in caught.value.message
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("act", [read, start, stream])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_log_shows_the_key_even_if_everything_is_logged(
    fault: Play, act: Callable[[Skyvern], None], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("httpx", "httpcore", "dashboard"):
        caplog.set_level(logging.DEBUG, name)
    with scripted(fault) as server, pytest.raises(errors.SkyvernError):
        act(Skyvern(server.url, KEY, tries=1))
    assert "httpcore.http11" in {record.name for record in caplog.records}
    assert KEY not in caplog.text


def test_an_answer_that_repeats_the_key_is_masked() -> None:
    body = b'{"run_id": "wr_1", "run_request": {"headers": "%s"}}' % KEY.encode()
    with scripted(answer(200, body)) as server:
        run = Skyvern(server.url, KEY).run("wr_1")
    assert run.raw["run_request"] == {"headers": "[redacted]"}


def test_no_repr_shows_the_key() -> None:
    client = Skyvern("http://127.0.0.1:1", KEY)
    transport = vars(client)["_http"]
    assert KEY not in repr(client) + repr(transport) + repr(vars(transport))


@pytest.mark.parametrize("key", ["with\nline-feed-inside", "ключ-от-квартиры", "two words in it"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_quoted(key: str) -> None:
    with scripted(answer(200, b"[]")) as server:
        client = Skyvern(server.url, key)
        with pytest.raises(errors.Forbidden) as caught:
            read(client)
    assert server.requests == []
    assert repr(key)[1:-1] not in shown(caught.value)


def test_a_key_with_a_line_feed_at_its_end_works() -> None:
    with scripted(answer(200, b"[]")) as server:
        assert Skyvern(server.url, f"{KEY}\n").runs() == []
    assert f"x-api-key: {KEY}\r\n".encode() in server.requests[0]
