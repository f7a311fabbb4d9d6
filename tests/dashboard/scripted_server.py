"""A real HTTP server on a socket that plays a script, faults of the network included."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Play = Callable[[socket.socket], None]


@dataclass
class ScriptedServer:
    """Each request is answered by the next play, the last one again and again."""

    url: str
    plays: list[Play]
    requests: list[bytes] = field(default_factory=list)
    """Heads and bodies, as far as they came in one piece."""

    def next_play(self) -> Play:
        return self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]


def answer(status: int, body: bytes = b"", **headers: str) -> Play:
    lines = [f"HTTP/1.1 {status} Words", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def raw(sent: bytes) -> Play:
    """These bytes, then the line is closed."""
    return lambda line: line.sendall(sent)


@contextmanager
def scripted(*plays: Play) -> Iterator[ScriptedServer]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = ScriptedServer(f"http://127.0.0.1:{door.getsockname()[1]}", list(plays))
        thread = threading.Thread(target=_serve, args=(door, server))
        thread.start()
        yield server
        door.shutdown(socket.SHUT_RDWR)  # wakes `accept`, which then raises
        thread.join()


def _serve(door: socket.socket, server: ScriptedServer) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        with line:
            server.requests.append(line.recv(65536))
            try:
                server.next_play()(line)
            except (BrokenPipeError, ConnectionResetError):
                continue  # the client hung up first, as some tests want it to
