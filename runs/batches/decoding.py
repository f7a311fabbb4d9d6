"""A file's bytes as text: UTF-8 or UTF-16, with or without a byte order mark."""

from __future__ import annotations

import codecs

from runs.batches.table import MOST_BYTES, UnreadableError

WORKBOOK = b"PK\x03\x04"
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decoded(data: bytes) -> str:
    """The text without its mark; UnreadableError names the first line that is none."""
    if len(data) > MOST_BYTES:
        raise UnreadableError(
            f"The file has {len(data) / 1e6:.1f} MB: {MOST_BYTES / 1e6:.0f} MB at most."
        )
    if data.startswith(WORKBOOK):
        raise UnreadableError("This is a workbook or an archive. Save the sheet as CSV (UTF-8).")
    encoding, start = _encoding(data)
    try:
        return data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[start : start + error.start].count(b"\n") + 1
        raise UnreadableError(
            f"Line {line:,} is not {encoding.upper()} text. Save the file as UTF-8."
        ) from error


def _encoding(data: bytes) -> tuple[str, int]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    if data[1:2] == b"\0":
        return "utf-16-le", 0
    return ("utf-16-be", 0) if data[:1] == b"\0" else ("utf-8", 0)
