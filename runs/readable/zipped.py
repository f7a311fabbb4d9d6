"""A log out of the archive that Skyvern 1.0.56 sends instead: it keeps a task's logs in one."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from runs.readable.plain import MOST_BYTES, UnreadableError

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MOST_FILES = 1_000
MOST_LAYERS = 2
"""A HAR of a browser that was closed late is an archive itself."""
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


def unpacked(content: bytes, ending: str) -> bytes:
    """The first file in it with that ending; what is no archive stays as it is."""
    for _ in range(MOST_LAYERS):
        if content.startswith(ZIP_STARTS):
            content = _first(content, ending)
    return content


def _first(content: bytes, ending: str) -> bytes:
    if content.count(b"PK\x01\x02") > MOST_FILES:
        raise UnreadableError("This archive holds too many files to look for the log.")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            named = [info for info in archive.infolist() if info.filename.endswith(ending)]
            inside = next((info for info in named if info.compress_type in PLAIN), None)
            read = archive.open(inside).read(MOST_BYTES + 1) if inside is not None else None
    except BROKEN as error:
        raise UnreadableError("This is an archive, but a broken one.") from error
    if read is None:
        raise UnreadableError("This is an archive without such a log in it.")
    if len(read) > MOST_BYTES:
        raise UnreadableError("What is in this archive is too large to be read as a table.")
    return read
