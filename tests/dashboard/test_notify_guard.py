"""Addresses that people type: which are sent to, and what a server at the other end can do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from dashboard.notify import guard
from tests.receivers import Receiver, receiver

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::3",
    "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::",
)  # fmt: skip
OUTSIDE = ("93.184.215.14", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::101:101")
WRITTEN_ODDLY = (
    "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://127.0.0.1:8443/hook", "https://169.254.169.254/latest/meta-data/",
)  # fmt: skip
NO_ADDRESS = (
    "", "hooks.example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/",
    "https:///path", "https://", "http://example.com/", "https://user:word@example.com/",
    "https://example.com\r\nX: y/", "https://exa\0mple.com/", "javascript:alert(1)",
    "https://example.com:99999/", f"https://example.com/{'x' * 3000}", "https://[::1/", "//x.test/",
)  # fmt: skip


@pytest.fixture
def other_side(settings: Settings) -> Iterator[Receiver]:
    settings.NOTIFY_PRIVATE_HOSTS = ["127.0.0.1"]
    with receiver() as found:
        yield found


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_public(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize("url", [*WRITTEN_ODDLY, *NO_ADDRESS])
def test_an_address_that_is_none_or_leads_inside_is_refused_in_words(url: str) -> None:
    with pytest.raises(guard.RefusedError) as refused:
        guard.check_url(url)
    assert str(refused.value).endswith(".") or "no address" in str(refused.value)
    with pytest.raises((guard.RefusedError, guard.UnreachableError)):
        guard.post(url, b"{}", {})


def test_nothing_of_ours_is_connected_to_unless_the_settings_name_it(
    other_side: Receiver, settings: Settings
) -> None:
    assert guard.post(f"{other_side.url}/hook", b"{}", {}).status == 200
    settings.NOTIFY_PRIVATE_HOSTS = []
    with pytest.raises(guard.RefusedError):
        guard.post(f"{other_side.url}/hook", b"{}", {})
    secure = other_side.url.replace("http:", "https:")
    with pytest.raises(guard.RefusedError, match="not on the public internet"):
        guard.post(secure, b"{}", {})
    assert len(other_side.posts) == 1


def test_a_name_is_looked_up_once_and_all_it_stands_for_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second answer of a name that changes its mind is never asked for."""
    asked: list[str] = []
    family, kind = socket.AF_INET, socket.SOCK_STREAM

    def mixed(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(family, kind, 6, "", (ip, port)) for ip in ("93.184.215.14", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with pytest.raises(guard.RefusedError, match=r"hooks\.example\.com is not on the public"):
        guard.post("https://hooks.example.com/x", b"{}", {})
    assert asked == ["hooks.example.com"]


def test_the_connection_is_made_to_the_very_address_that_was_looked_at(
    other_side: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NOTIFY_PRIVATE_HOSTS = ["hooks.internal"]
    port = int(other_side.url.rpartition(":")[2])
    real, asked = socket.getaddrinfo, []

    def once(host: str, port: int, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hooks.internal" else host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert guard.post(f"http://hooks.internal:{port}/x", b"{}", {}).status == 200
    assert asked.count("hooks.internal") == 1
    assert other_side.posts[0].headers["host"] == f"hooks.internal:{port}"


def test_a_redirect_is_an_answer_and_not_followed(other_side: Receiver) -> None:
    other_side.statuses, other_side.headers = [302], {"Location": f"{other_side.url}/inside"}
    assert guard.post(f"{other_side.url}/hook", b"{}", {}).status == 302
    assert [post.path for post in other_side.posts] == ["/hook"]


def test_an_answer_without_end_is_cut(other_side: Receiver) -> None:
    other_side.answer = b"x" * 5_000_000
    assert len(guard.post(other_side.url, b"{}", {}).text) == guard.MOST_BYTES


def test_an_answer_that_drips_does_not_hold_the_worker(
    other_side: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.5)
    other_side.drip_seconds = 0.05
    began = time.monotonic()
    with pytest.raises(guard.UnreachableError, match="in time"):
        guard.post(other_side.url, b"{}", {})
    assert time.monotonic() - began < 10


def test_a_server_that_is_not_there_is_told_of(other_side: Receiver) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(guard.UnreachableError, match=r"No connection: Connection refused$"):
            guard.post(f"http://127.0.0.1:{port}/", b"{}", {})
