"""Requests to addresses that people typed: to the public internet alone, and never for long.

A URL is looked up once, every address it stands for is looked at, and the connection is made to
exactly those: a name that answers differently the second time gains nothing. Redirects are not
followed, and no proxy of the environment is used, which would look the name up again. Libraries
for httpx either connect before they look or cannot be given a deadline; httpcore, on which httpx
stands, takes a network of one's own by its public interface.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import httpcore
import httpx
from django.conf import settings

from dashboard.wording import said

SECONDS = 20.0
"""For all of a request; a server that answers drop by drop does not hold a worker for longer."""
STEP_SECONDS = 10.0
MOST_ADDRESSES = 8
MOST_BYTES = 2_000
"""Of an answer; the rest is nobody's business."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
LONGEST_URL = 2_000
LAST_PORT = 65_535

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedError(Exception):
    """Skydeck does not send there. The message is a sentence for people."""


class UnreachableError(Exception):
    """There was no answer. The message is a sentence for people."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def check_url(url: str) -> None:
    """RefusedError for an address that is not `https://host/…`, or not public.

    `http` is for hosts that the settings name. Looks the name up; one that cannot be looked up now
    passes, for that may be different when something is sent.
    """
    host, port = _place(url)
    try:
        _addresses(host, port)
    except OSError:
        return


def post(url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it once. RefusedError or UnreachableError if it did not get that far."""
    _place(url)
    network = _GuardedNetwork(time.monotonic() + SECONDS)
    steps = dict.fromkeys(("connect", "read", "write", "pool"), STEP_SECONDS)
    try:
        with (
            httpcore.ConnectionPool(network_backend=network) as pool,
            pool.stream(
                "POST",
                url,
                headers=list(headers.items()),
                content=content,
                extensions={"timeout": steps},
            ) as response,
        ):
            return Answer(response.status, _beginning(response.iter_stream()))
    except httpcore.TimeoutException as exc:
        raise UnreachableError("It did not answer in time.") from exc
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as exc:
        raise UnreachableError(f"No connection: {said(exc)}") from exc


def is_public(address: str) -> bool:
    """Whether an IP address, and any IPv4 address within it, is one of the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in (ip, *_within(ip)))


def _within(ip: Address) -> Iterator[Address]:
    if isinstance(ip, ipaddress.IPv6Address):
        yield from filter(None, (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())))
        if ip in NAT64:
            yield ipaddress.IPv4Address(ip.packed[-4:])


def is_ours(host: str) -> bool:
    """Whether the settings say that this host may be sent to although it is not public."""
    return host.lower().rstrip(".") in settings.NOTIFY_PRIVATE_HOSTS


def _place(url: str) -> tuple[str, int]:
    if len(url) > LONGEST_URL or not url.isprintable():
        raise RefusedError("This is no address.")
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise RefusedError(f"This is no address: {exc}") from exc
    if found.scheme not in ("https", "http") or not found.host:
        raise RefusedError("Write it as https://host/path.")
    if found.userinfo:
        raise RefusedError("Leave user and password out of the address.")
    if found.scheme == "http" and not is_ours(found.host):
        raise RefusedError("Use https: what is sent to plain http can be read on its way.")
    port = found.port or (443 if found.scheme == "https" else 80)
    if port > LAST_PORT:
        raise RefusedError("This is no address: there is no such port.")
    return found.host, port


def _addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """What `getaddrinfo` tells, all of it fit to be connected to. OSError if it knows nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:  # a label that is too long
        raise OSError(str(exc)) from exc
    if not is_ours(host) and not all(is_public(str(place[0])) for *_, place in found):
        raise RefusedError(
            f"{host} is not on the public internet. "
            "Whoever runs Skydeck can allow it: NOTIFY_PRIVATE_HOSTS."
        )
    return found[:MOST_ADDRESSES]


class _GuardedNetwork(httpcore.SyncBackend):
    """Connects to addresses that were looked at, until a moment of the monotonic clock."""

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wrong: Exception = OSError(f"{host} is not known")
        for *_, place in _addresses(host, port):
            try:
                stream = super().connect_tcp(
                    str(place[0]), port, _left(self._until, timeout), local_address, socket_options
                )
                return _TimedStream(stream, self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                wrong = exc
        raise wrong


class _TimedStream(httpcore.NetworkStream):
    """A stream on which no step goes past the end of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._until, timeout))
        return _TimedStream(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole request is over")
    return min(left, timeout or left)


def _beginning(chunks: Iterable[bytes]) -> str:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= MOST_BYTES:
            break
    return found[:MOST_BYTES].decode("utf-8", "replace").replace("\0", "")
