"""Pasted or uploaded text into a table: CSV, JSON lines or a JSON list of objects."""

from __future__ import annotations

from runs.batches import reading_csv, reading_json
from runs.batches.table import MOST_BYTES, Table, UnreadableError, checked_size

__all__ = ["Table", "UnreadableError", "read"]


def read(text: str) -> Table:
    """At least one row and at most MOST_ROWS; UnreadableError says what is wrong and where."""
    text = plain(text)
    if not text.strip():
        raise UnreadableError("Choose a file, or paste rows: there is nothing to read yet.")
    if (size := len(text.encode(errors="replace"))) > MOST_BYTES:
        most = f"{MOST_BYTES / 1e6:.0f} MB"
        raise UnreadableError(f"The text has {size / 1e6:.1f} MB: {most} at most.")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(f"Line {line:,} holds a NUL character: is this a text file?")
    is_json = text.lstrip()[0] in "{["
    return checked_size(reading_json.read(text) if is_json else reading_csv.read(text))


def plain(text: str) -> str:
    """Without a mark and with one kind of line end, so that a file is the same however it came."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
