"""Trouble on demand: what a network, a proxy or an older server does to an answer."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from dashboard.sandbox.vocabulary import words
from dashboard.sandbox.wire import Answer, Environ, answer

type Json = dict[str, Any]

KINDS = frozenset(
    words("latency status drop garbage cut expired no_schedules local_storage old_server")
)
NO_SCHEDULES = (
    "Workflow schedules are disabled in this Skyvern build. Use Skyvern Cloud or override "
    "AgentFunction with a scheduling backend."
)
LACKS: dict[str, tuple[Json, int]] = {
    "expired": ({"detail": "Artifact not found"}, 404),
    "no_schedules": ({"detail": NO_SCHEDULES}, 501),
    # Word for word what a server with local storage answers to an upload.
    "local_storage": ({"error": "Unexpected error: NotImplementedError"}, 500),
    "old_server": ({"detail": "Not Found"}, 404),
}
HIDDEN = "/v1/workflows/runs/"


@dataclass
class Fault:
    """`times` None lasts until healed; `path` is any part of the paths it meets ("" meets all)."""

    kind: str
    path: str = ""
    times: int | None = 1
    options: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: choose from {', '.join(sorted(KINDS))}")

    def meets(self, method: str, path: str) -> bool:
        if self.path not in path or path.startswith("/_sandbox/"):
            return False
        match self.kind:
            case "no_schedules":
                return "/schedules" in path
            case "expired":
                return path.endswith("/content")
            case "local_storage":
                return path.endswith("/upload_file")
            case "old_server":
                return _is_newer(path)
        return True


def _is_newer(path: str) -> bool:
    if path.startswith(HIDDEN):
        return path.count("/") == 4
    if path == "/v1/run-tags" or (path.startswith("/v1/runs/") and path.endswith("/tags")):
        return True
    return path.endswith("/signed-url") or ("/schedules/" in path and path.endswith("/cancel"))


class Faults:
    def __init__(self) -> None:
        self.active: list[Fault] = []

    def take(self, method: str, path: str) -> list[Fault]:
        """Those that meet this request; each is used up by one."""
        met = [fault for fault in self.active if fault.meets(method, path)]
        for fault in met:
            if fault.times is not None:
                fault.times -= 1
        self.active = [f for f in self.active if f.times is None or f.times > 0]
        return met

    @property
    def is_old(self) -> bool:
        return any(fault.kind == "old_server" for fault in self.active)


def instead(fault: Fault) -> Answer | None:
    """The answer that takes the place of the real one; None if the real one is still given."""
    match fault.kind:
        case "latency":
            time.sleep(float(fault.options.get("seconds", 1.0)))
        case "status":
            return _status(fault.options)
        case "garbage":
            return Answer(b"<html>502 \xff\x00 {", 200, {"Content-Type": "application/json"})
        case kind if kind in LACKS:
            said, status = LACKS[kind]
            return answer(said, status)
    return None


def _status(options: Json) -> Answer:
    code = int(options.get("code", 500))
    retry_after = options.get("retry_after")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if code >= 500:
        return answer({"error": "Unexpected error: SandboxFault"}, code, headers)
    text = "Rate limit exceeded for organization" if code == 429 else "Refused by the sandbox"
    return answer({"detail": text}, code, headers)


def hang_up(environ: Environ) -> None:
    """Close the connection; without one, as in tests, raise what a client would see."""
    connection: socket.socket | None = environ.get("gunicorn.socket") or environ.get(
        "sandbox.socket"
    )
    if connection is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    connection.shutdown(socket.SHUT_RDWR)


def first_half(body: bytes, environ: Environ) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    hang_up(environ)
