"""Which part of a file a Range header asks for."""

from __future__ import annotations

import re

from dashboard.skyvern import errors

ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


def part(wanted: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None for all of it.

    Rejected with status 416 where there is nothing to give.
    """
    shape = ONE_RANGE.fullmatch(wanted or "")
    if shape is None:
        return None
    first, last, tail = shape.groups()
    if tail is not None:
        start, end = max(0, size - int(tail)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    if start >= end:
        raise errors.Rejected("The file is shorter than that.", status=416)
    return start, end
