"""What a fetched file is by its first bytes: Skyvern's word for it is often wrong."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO

from runs.readable.plain import LONGEST_READ, UnreadableError, told
from runs.readable.zipped import unpacked

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
START = 512
LONGEST_LINE = 4 * LONGEST_READ
"""Bytes that are read of a line: what is shown of it is shorter."""


def ending(file: IO[bytes]) -> str:
    """For the name of a picture; UnreadableError: it is none."""
    start = file.read(START)
    file.seek(0)
    for mark, kind in PICTURES.items():
        if start.startswith(mark):
            return kind
    raise UnreadableError("what Skyvern gave for it is no picture.")


def lines(file: IO[bytes]) -> Iterator[str]:
    """Of a log, as the page with it shows them; UnreadableError, at once: it is none."""
    log = unpacked(file.read(), ".log")
    if b"\0" in log[:START]:
        raise UnreadableError("what Skyvern gave for it is no log.")
    return (told(line[:LONGEST_LINE].decode(errors="replace").strip()) for line in BytesIO(log))
