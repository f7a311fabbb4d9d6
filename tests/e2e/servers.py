"""The servers that the journey is travelled on: the sandbox, and a real Skyvern."""

from __future__ import annotations

import os
from dataclasses import dataclass

import httpx

from tests.e2e.deck import Deck


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
        failing_block="is_signed_in",
        reason="password",
        slow="Slow crawl",
        quick="Price feed",
        environment={},
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
    )
