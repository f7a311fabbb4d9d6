"""A file on its way, whoever gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Source(Protocol):
    """`status` 200, or 206 for a part; `headers`: of HTTP, lower case, for what comes."""

    status: int
    headers: dict[str, str]

    def iter_bytes(self) -> Iterator[bytes]:
        """Chunks of bounded size, once; Unavailable if it breaks off half way."""
