"""Asks this machine's web process whether it is alive; exit status 0 if so."""

import os
import sys

import httpx


def web_address() -> str:
    """Where the web can be reached from this machine, whatever it listens on."""
    host = os.environ.get("HOST", "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://{f'[{host}]' if ':' in host else host}:{os.environ.get('PORT', '8000')}"


def alive() -> bool:
    try:
        answer = httpx.get(f"{web_address()}/healthz", timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


if __name__ == "__main__":
    sys.exit(0 if alive() else 1)
