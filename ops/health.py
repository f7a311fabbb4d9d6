"""Asks this machine's web process whether it is alive; exit status 0 if so."""

import http.client
import os
import sys


def web_host() -> str:
    """The address at which this machine reaches its web, whatever that listens on."""
    host = os.environ.get("HOST", "127.0.0.1")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)


def web_port() -> int:
    return int(os.environ.get("PORT", "8000"))


def web_address() -> str:
    host = web_host()
    return f"http://{f'[{host}]' if ':' in host else host}:{web_port()}"


def alive() -> bool:
    connection = http.client.HTTPConnection(web_host(), web_port(), timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if alive() else 1)
