"""A whole file out of a source, within limits of size and time."""

from __future__ import annotations

import time
from io import BytesIO
from typing import IO

from dashboard.skyvern import errors
from runs.files.source import Source


class TooLargeError(Exception):
    """There is more of it than was allowed, or it says so itself."""


def copied(source: Source, into: IO[bytes], *, most: int, seconds: float) -> int:
    """Write all of it, at most so many bytes; how many it was.

    Unavailable if it comes too slowly or not to its end; OSError if it cannot be written.
    """
    said, end = source.headers.get("content-length", ""), time.monotonic() + seconds
    claimed = int(said) if said.isdecimal() else None
    if claimed is not None and claimed > most:
        raise TooLargeError
    size = 0
    for piece in source.iter_bytes():
        size += len(piece)
        if size > most:
            raise TooLargeError
        into.write(piece)
        if time.monotonic() > end:
            raise errors.Unavailable("it took too long to come.")
    if claimed is not None and size != claimed:
        raise errors.Unavailable("it did not come to its end.")
    return size


def whole(source: Source, *, most: int, seconds: float) -> bytes:
    """All of it in memory; raises as `copied` does."""
    content = BytesIO()
    copied(source, content, most=most, seconds=seconds)
    return content.getvalue()
