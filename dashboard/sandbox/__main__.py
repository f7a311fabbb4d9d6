"""`python -m dashboard.sandbox`: a sandbox on 127.0.0.1 for a quick look."""

import socket
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dashboard.sandbox.serve import port, ticking
from dashboard.sandbox.wire import Environ


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: connections end early here on purpose."""


class _Handler(WSGIRequestHandler):
    """Hands the connection to the program, so that it can hang up, and keeps quiet."""

    connection: socket.socket

    def get_environ(self) -> Environ:
        return {**super().get_environ(), "sandbox.socket": self.connection}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name upstream
        return


def main() -> None:
    sandbox = ticking()
    server = make_server("127.0.0.1", port(), sandbox, _Server, _Handler)
    sys.stdout.write(f"SKYVERN_BASE_URL=http://127.0.0.1:{port()}\n")
    sys.stdout.write(f"SKYVERN_API_KEY={sandbox.api_key}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
