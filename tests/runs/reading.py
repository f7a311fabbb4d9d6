"""What the tests of console logs and HARs share: where a table is, and what is sent for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx
from pytest_django import Settings

from runs.models import Run

Sends = Callable[[bytes], None]


def served(settings: Settings) -> Sends:
    """What it is called with is from then on the content of every file."""

    def serve(content: bytes) -> None:
        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response("200 OK", [("content-type", "text/html")])
            return [content[:3], content[3:]]

        settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)

    return serve


def table(run: Run, kind: str) -> str:
    return f"{run.artifacts.filter(type=kind)[0].get_absolute_url()}table/"
