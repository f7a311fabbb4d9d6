"""Servers that notifications are sent to: one for webhooks, one for mail. Both are real."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from ops.ports import any_free


@dataclass
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what is answered: the statuses in turn, then 200."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    """Between one byte and the next of an answer without end; 0 for a plain one."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.posts.append(Post(self.path, headers, self.rfile.read(length)))
            self.send_response(found.statuses.pop(0) if found.statuses else 200)
            for name, value in found.headers.items():
                self.send_header(name, value)
            if found.drip_seconds:
                self.drip()
                return
            self.send_header("content-length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def drip(self) -> None:
            self.end_headers()
            try:
                while found.drip_seconds:
                    self.wfile.write(b".")
                    self.wfile.flush()
                    time.sleep(found.drip_seconds)
            except OSError:  # the other side has had enough
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing: a test looks at what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        found.drip_seconds = 0
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Postbox:
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusal: str = ""
    """An SMTP answer such as "451 try later"; "" takes all."""

    async def handle_DATA(  # noqa: N802 - the library calls it so
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.refusal:
            return self.refusal
        found = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(found)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def postbox() -> Iterator[Postbox]:
    found = Postbox()
    found.port = any_free()
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
