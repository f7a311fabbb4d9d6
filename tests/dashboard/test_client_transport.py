"""Reads are repeated within a budget, changes are asked exactly once, whatever the network does."""

import gzip
import socket
import threading
import time

import pytest

from dashboard.skyvern import Skyvern, errors, schema
from tests.dashboard.scripted_server import Play, answer, raw, scripted

KEY = "a-secret-api-key"
RUN = b'{"run_id": "wr_1", "status": "completed"}'
HALF = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
HANG_UP = raw(b"")
ORDER = schema.RunRequest(workflow_id="wpid_1")


def silence(seconds: float) -> Play:
    return lambda _: time.sleep(seconds)


def trickle(line: socket.socket) -> None:
    """A head at once, then a byte now and then for a second."""
    line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(20):
        line.sendall(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("fault", [HANG_UP, HALF, answer(500), answer(429), answer(200, b"<html>")])
def test_a_read_is_repeated_after_a_passing_failure(fault: Play) -> None:
    with scripted(fault, answer(200, RUN)) as server:
        assert Skyvern(server.url, KEY).run("wr_1").status == "completed"
    assert len(server.requests) == 2


def test_a_read_gives_up_after_a_few_tries() -> None:
    with scripted(answer(502, b"bad gateway")) as server:
        with pytest.raises(errors.Unavailable) as caught:
            Skyvern(server.url, KEY, tries=2).run("wr_1")
        assert caught.value.status == 502
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 416, 422, 501])
def test_a_refused_read_is_not_repeated(status: int) -> None:
    with scripted(answer(status)) as server, pytest.raises(errors.SkyvernError):
        Skyvern(server.url, KEY).run("wr_1")
    assert len(server.requests) == 1


def test_the_server_says_how_long_to_wait() -> None:
    begun = time.monotonic()
    with scripted(answer(429, retry_after="1"), answer(200, RUN)) as server:
        Skyvern(server.url, KEY).run("wr_1")
    assert 1.0 <= time.monotonic() - begun < 3.0


def test_a_server_that_says_at_once_is_asked_at_once() -> None:
    with scripted(answer(503, retry_after="0"), answer(200, RUN)) as server:
        assert Skyvern(server.url, KEY).run("wr_1").run_id == "wr_1"


@pytest.mark.parametrize("header", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_nobody_is_kept_waiting_for_longer_than_the_budget(header: str) -> None:
    with scripted(answer(503, retry_after=header)) as server:
        with pytest.raises(errors.Unavailable) as caught:
            Skyvern(server.url, KEY).run("wr_1")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 3600
    assert len(server.requests) == 1


def test_an_unreadable_retry_after_counts_as_none() -> None:
    with scripted(answer(429, retry_after="soon")) as server:
        with pytest.raises(errors.Unavailable) as caught:
            Skyvern(server.url, KEY, tries=1).run("wr_1")
        assert caught.value.retry_after is None


def test_a_silent_server_is_left_after_the_timeout() -> None:
    begun = time.monotonic()
    with (
        scripted(silence(1.0)) as server,
        pytest.raises(errors.Unavailable, match="did not answer in time"),
    ):
        Skyvern(server.url, KEY, timeout=0.2, tries=1).run("wr_1")
    assert time.monotonic() - begun < 2.0


def test_an_answer_that_only_trickles_in_is_left_when_the_budget_is_used_up() -> None:
    begun = time.monotonic()
    with (
        scripted(trickle) as server,
        pytest.raises(errors.Unavailable, match="took too long"),
    ):
        Skyvern(server.url, KEY, budget=0.3).run("wr_1")
    assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_too_large_to_hold_is_refused_and_not_asked_for_again(packed: bool) -> None:
    body = b'"' + b"x" * 10_000 + b'"'
    play = (
        answer(200, gzip.compress(body), content_encoding="gzip") if packed else answer(200, body)
    )
    with scripted(play) as server, pytest.raises(errors.Unavailable, match="more than 5000 bytes"):
        Skyvern(server.url, KEY, max_body=5000).run("wr_1")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"null", b"[]", b'{"status": "running"}', b"[" * 100_000]
)
def test_an_answer_of_another_shape_is_unavailable(body: bytes) -> None:
    with (
        scripted(answer(200, body)) as server,
        pytest.raises(errors.Unavailable, match="that is n"),
    ):
        Skyvern(server.url, KEY, tries=1).run("wr_1")


@pytest.mark.parametrize("body", [b"{}", b"null", b'"rows"'])
def test_a_list_of_another_shape_is_unavailable(body: bytes) -> None:
    with scripted(answer(200, body)) as server:
        client = Skyvern(server.url, KEY, tries=1)
        for read in (client.workflow_runs, client.schedules, client.folders):
            with pytest.raises(errors.Unavailable, match="no list of"):
                read()


def test_one_malformed_row_does_not_lose_the_page(caplog: pytest.LogCaptureFixture) -> None:
    body = b'[{"run_id": "wr_1"}, {"run_id": 7, "title": "private"}, "x", {"run_id": "wr_2"}]'
    with scripted(answer(200, body)) as server:
        found = Skyvern(server.url, KEY).runs()
    assert [row.run_id for row in found] == ["wr_1", "wr_2"]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "left out a malformed RunListItem with id 7",
        "left out a malformed RunListItem with id unknown",
    ]


@pytest.mark.parametrize("fault", [HANG_UP, HALF, answer(200, b"{}"), answer(500), answer(504)])
def test_a_start_that_may_have_happened_is_unknown_and_asked_once(fault: Play) -> None:
    with scripted(fault) as server, pytest.raises(errors.Unknown):
        Skyvern(server.url, KEY).start(ORDER)
    assert len(server.requests) == 1


def test_a_start_that_gets_no_answer_in_time_is_unknown_and_asked_once() -> None:
    with scripted(silence(0.5)) as server, pytest.raises(errors.Unknown):
        Skyvern(server.url, KEY, budget=0.1).start(ORDER)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [307, 429, 503])
def test_a_start_that_was_turned_away_did_not_happen(status: int) -> None:
    with scripted(answer(status, location="http://127.0.0.1:1/")) as server:
        with pytest.raises(errors.Unavailable) as caught:
            Skyvern(server.url, KEY).start(ORDER)
        assert not isinstance(caught.value, errors.Unknown)
    assert len(server.requests) == 1


def test_a_start_that_never_connected_did_not_happen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    words = r"could not be reached \(Connection refused\)\."
    with pytest.raises(errors.Unavailable, match=words) as caught:
        Skyvern(url, KEY).start(ORDER)
    assert not isinstance(caught.value, errors.Unknown)


@pytest.mark.parametrize("fault", [answer(200, b"null"), answer(200, b"not JSON"), HALF])
def test_a_cancel_that_was_accepted_is_done_whatever_follows(fault: Play) -> None:
    with scripted(fault) as server:
        Skyvern(server.url, KEY).cancel("wr_1")
    assert server.requests[0].startswith(b"POST /v1/runs/wr_1/cancel ")


def test_a_redirect_is_not_followed() -> None:
    with (
        scripted(answer(200, RUN)) as other,
        scripted(answer(302, location=f"{other.url}/v1/runs/wr_1")) as server,
        pytest.raises(errors.Unavailable, match="Something before Skyvern answered"),
    ):
        Skyvern(server.url, KEY, tries=1).run("wr_1")
    assert other.requests == []


def test_a_proxys_not_found_does_not_pass_for_skyverns() -> None:
    with (
        scripted(answer(404, b"<h1>404 Not Found</h1>")) as server,
        pytest.raises(errors.Unavailable),
    ):
        Skyvern(server.url, KEY, tries=1).run("wr_1")


def test_a_not_found_that_is_cut_off_does_not_pass_for_skyverns() -> None:
    cut = raw(b'HTTP/1.1 404 Not Found\r\ncontent-length: 90\r\n\r\n{"det')
    with scripted(cut) as server, pytest.raises(errors.Unavailable):
        Skyvern(server.url, KEY, tries=1).run("wr_1")


def test_an_empty_not_found_is_skyverns() -> None:
    with scripted(answer(404)) as server, pytest.raises(errors.NotFound):
        Skyvern(server.url, KEY).run("wr_1")


def test_each_try_asks_for_its_turn_first() -> None:
    turns: list[int] = []
    with scripted(answer(500), answer(200, RUN)) as server:
        Skyvern(server.url, KEY, before_call=lambda: turns.append(len(server.requests))).run("wr_1")
    assert turns == [0, 1]


def test_without_a_turn_nothing_is_sent() -> None:
    def refuse() -> None:
        raise errors.Unavailable("Too many calls.")

    with scripted(answer(200, RUN)) as server, pytest.raises(errors.Unavailable):
        Skyvern(server.url, KEY, before_call=refuse, tries=1).start(ORDER)
    assert server.requests == []


def test_a_change_whose_turn_comes_too_late_is_not_sent() -> None:
    with scripted(answer(200, RUN)) as server:
        client = Skyvern(server.url, KEY, before_call=lambda: time.sleep(0.2), budget=0.1)
        with pytest.raises(errors.Unavailable) as caught:
            client.start(ORDER)
    assert not isinstance(caught.value, errors.Unknown)
    assert server.requests == []


@pytest.mark.parametrize("hostile", ["", ".", "..", "../workflows", "a/b", "x" * 201])
def test_an_id_that_would_change_the_route_is_not_asked_for(hostile: str) -> None:
    with scripted(answer(200, RUN)) as server, pytest.raises(errors.NotFound):
        Skyvern(server.url, KEY).run(hostile)
    assert server.requests == []


@pytest.mark.parametrize(
    ("odd", "sent"),
    [
        ("wr?status=x", b"wr%3Fstatus%3Dx"),
        ("wr#x", b"wr%23x"),
        ("wr%2f..", b"wr%252f.."),
        ("wr\r\nx: y", b"wr%0D%0Ax%3A%20y"),
        ("wr\\..\\x", b"wr%5C..%5Cx"),
        ("wr\x00\ud800", b"wr%00%3F"),
    ],
)
def test_an_odd_id_stays_one_segment_of_the_path(odd: str, sent: bytes) -> None:
    with scripted(answer(200, RUN)) as server:
        Skyvern(server.url, KEY).run(odd)
    assert server.requests[0].startswith(b"GET /v1/runs/" + sent + b" HTTP/1.1\r\n")


def test_a_server_below_a_path_is_asked_there() -> None:
    with scripted(answer(200, RUN)) as server:
        Skyvern(f"{server.url}/sky/", KEY).run("wr_1")
    assert server.requests[0].startswith(b"GET /sky/v1/runs/wr_1 ")


def test_what_no_json_can_hold_is_rejected_before_it_is_sent() -> None:
    with scripted(answer(200, RUN)) as server:
        client = Skyvern(server.url, KEY)
        for value in (float("nan"), "\ud800"):
            with pytest.raises(errors.Rejected):
                client.start(schema.RunRequest(workflow_id="w", parameters={"n": value}))
        with pytest.raises(errors.Rejected):
            client.workflow_runs(search="\ud800")
        with pytest.raises(errors.Rejected):
            client.workflow_runs(search="x" * 70_000)
    assert server.requests == []


def test_threads_share_one_client() -> None:
    found: list[str] = []
    with scripted(answer(200, RUN)) as server:
        client = Skyvern(server.url, KEY)
        threads = [
            threading.Thread(target=lambda: found.append(client.run("wr_1").run_id))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["wr_1"] * 8


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8000", ""])
def test_an_address_that_is_none_says_which_setting_to_change(url: str) -> None:
    with pytest.raises(errors.Unavailable, match="SKYVERN_BASE_URL"):
        Skyvern(url, KEY, tries=1).runs()
