"""The servers that the journey is travelled on: the sandbox, and a real Skyvern."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ops import ports
from ops.skyvern import server
from ops.skyvern.place import Place
from tests.e2e.deck import Deck, wait_until


@dataclass(frozen=True)
class Server:
    """The titles of its agents by what they do, and how Skydeck and the tests reach it."""

    name: str
    inputs: dict[str, str]
    """Of "Every parameter type": what is typed at which key."""
    output: dict[str, object]
    """What its output must then hold."""
    failing: str
    failing_block: str
    reason: str
    slow: str
    quick: str
    environment: dict[str, str]
    kill_api: Callable[[Deck], None]
    """kill -9 of the API's process; returns once it is started again."""

    def api(self, deck: Deck) -> httpx.Client:
        """A client of the tests' own, to see what is true upstream."""
        url = self.environment.get(
            "SKYVERN_BASE_URL", f"http://127.0.0.1:{deck.env['SKYDECK_SANDBOX_PORT']}"
        )
        key = self.environment.get("SKYVERN_API_KEY", "sandbox")
        return httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=30)


def sandbox() -> Server:
    return Server(
        name="sandbox",
        inputs={
            "customer": "Ada <b>Lovelace</b>",
            "quantity": "7",
            "unit_price": "2.5",
            "express": "false",
            "lines": '[{"sku": "NW-1", "n": 2}]',
        },
        output={"customer": "Ada <b>Lovelace</b>", "quantity": "7", "total": "17.5"},
        failing="Credential check",
        failing_block="sign_in",
        reason="password",
        slow="Slow crawl",
        quick="Price feed",
        environment={},
        kill_api=lambda deck: deck.kill("sandbox"),
    )


def skyvern() -> Server:
    missing = [
        name for name in ("SKYVERN_TEST_URL", "SKYVERN_TEST_KEY") if not os.environ.get(name)
    ]
    if missing:
        raise AssertionError(f"a real Skyvern is needed: set {' and '.join(missing)}")
    return Server(
        name="skyvern",
        inputs={
            "name": "Ada <b>Lovelace</b>",
            "count": "7",
            "ratio": "2.5",
            "flag": "false",
            "data": '{"list": [3, 4]}',
        },
        output={"name": "Ada <b>Lovelace</b>", "count": "7", "next": "8"},
        failing="Fails in code block",
        failing_block="boom",
        reason="deliberate",
        slow="Slow wait",
        quick="Quick, no browser",
        environment={
            "SKYVERN_BASE_URL": os.environ["SKYVERN_TEST_URL"],
            "SKYVERN_API_KEY": os.environ["SKYVERN_TEST_KEY"],
        },
        kill_api=kill_real_skyvern,
    )


def kill_real_skyvern(deck: Deck) -> None:
    folder = os.environ.get("SKYVERN_TEST_VAR")
    assert folder, "SKYVERN_TEST_VAR must name the folder of a Skyvern that may be killed"
    port = urlsplit(os.environ["SKYVERN_TEST_URL"]).port
    assert port
    place = Place(Path(folder) / "skyvern", port, site_port=0)
    pid = server.running(place, "server")
    assert pid, "the Skyvern to be killed is not running"
    os.killpg(pid, signal.SIGKILL)
    # The kernel closes what a killed process held a moment after it counts as dead.
    wait_until("its port is free", lambda: ports.free("127.0.0.1", port))
    again = {**os.environ, "SKYDECK_VAR": folder, "SKYVERN_PORT": str(port)}
    subprocess.run([sys.executable, "-m", "ops.skyvern"], env=again, check=True)
