"""The zip as a stream: it cannot go back, so nothing of it has to be kept."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from io import RawIOBase
from typing import Any

ENOUGH = 64 * 1024
"""Bytes that are worth being sent."""

type Member = tuple[str, Iterable[bytes]]


class _Outlet(RawIOBase):
    """What a ZipFile writes to and is emptied of."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, piece: Any, /) -> int:
        self.written += piece
        return len(piece)

    def drain(self) -> bytes:
        taken = bytes(self.written)
        self.written.clear()
        return taken


def zipped(members: Iterable[Member], at: datetime) -> Generator[bytes]:
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as archive:
        for name, content in members:
            with archive.open(_entry(name, at), "w") as member:
                for piece in content:
                    member.write(piece)
                    if len(outlet.written) >= ENOUGH:
                        yield outlet.drain()
            yield outlet.drain()
    yield outlet.drain()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    """Pictures are packed too: where sizes follow the content, some readers take nothing else."""
    entry = zipfile.ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
