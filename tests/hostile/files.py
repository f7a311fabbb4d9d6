"""Contents of files with the type that upstream claims: few are what they are called."""

from __future__ import annotations

import gzip
import struct
import zlib

from tests.hostile.texts import EVIL, PWN

PNG = b"\x89PNG\r\n\x1a\n"
HTML = f"<!doctype html><script>{PWN}</script><img src='{EVIL}/x'>".encode()
SVG = (
    f"<svg xmlns='http://www.w3.org/2000/svg' onload='{PWN}'><script>{PWN}</script></svg>".encode()
)


def chunk(kind: bytes, content: bytes) -> bytes:
    size, check = struct.pack(">I", len(content)), struct.pack(">I", zlib.crc32(kind + content))
    return size + kind + content + check


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """It says how large it is, and has as little of that as is given."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return PNG + head + chunk(b"IDAT", data or zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


FILES: dict[str, tuple[str, bytes]] = {
    "a page as a page": ("text/html", HTML),
    "a page as a picture": ("image/png", HTML),
    "a page as text": ("text/plain", HTML),
    "a page as anything": ("", HTML),
    "a page in capitals": ("TEXT/HTML; charset=utf-7", HTML),
    "a page as XHTML": ("application/xhtml+xml", HTML),
    "a page as XML": (
        "text/xml",
        b"<?xml version='1.0'?><x xmlns:h='http://www.w3.org/1999/xhtml'>",
    ),
    "a page in an old encoding": ("text/html; charset=utf-7", b"+ADw-script+AD4-window.__pwned=1"),
    "a vector image": ("image/svg+xml", SVG),
    "a vector image as a picture": ("image/png", SVG),
    "a vector image, packed": ("image/svg+xml", gzip.compress(SVG)),
    "a script": ("text/javascript", PWN.encode()),
    "a sheet": ("text/css", b"*{background:url(https://evil.example/x)}"),
    "several parts": ("multipart/x-mixed-replace; boundary=x", b"--x\r\n\r\n" + HTML),
    "an old archive of a page": ("message/rfc822", b"MIME-Version: 1.0\r\n\r\n" + HTML),
    "a type with a line break": ("text/plain\r\nX-Evil: 1", HTML),
    "a type that is none": ("evil", HTML),
    "a picture that is a page too": ("image/png", PNG + HTML),
    "an animation that is a script too": (
        "image/gif",
        b"GIF89a/*" + b"\0" * 8 + b"*/=1;" + PWN.encode(),
    ),
    "a document that is a page too": ("application/pdf", b"%PDF-1.7\n" + HTML),
    "an archive that is a page too": ("application/zip", b"PK\x03\x04" + HTML),
    "a picture of 4 gigapixels": ("image/png", png(65_535, 65_535)),
    "a picture of more than there are": ("image/png", png(2**31 - 1, 2**31 - 1)),
    "a picture that unpacks to 20 MB": (
        "image/png",
        png(5_000, 1_340, zlib.compress(bytes(2 * 10**7))),
    ),
    "a picture of nothing": ("image/png", png(0, 0)),
    "a picture that breaks off": ("image/png", png(10, 10)[:30]),
    "nothing": ("image/png", b""),
    "a program": ("application/x-msdownload", b"MZ" + bytes(100)),
}
"""Type as claimed, and content."""
