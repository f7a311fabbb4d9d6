"""Screenshots of pages that never were: real PNGs, different for each step, a few kB each."""

import struct
import zlib
from hashlib import sha256

WIDTH, HEIGHT = 1280, 720

type Colour = int
"""An index into the palette."""

PAGE, BAR, PANEL, INK, FAINT, ACCENT, MARK = range(7)


class _Canvas:
    def __init__(self) -> None:
        self.rows = [bytearray([PAGE]) * WIDTH for _ in range(HEIGHT)]

    def box(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        """Fill a rectangle; what lies outside the page is cut off."""
        right = min(left + width, WIDTH)
        strip = bytes([colour]) * max(0, right - left)
        for row in self.rows[top : top + height]:
            row[left:right] = strip

    def png(self, palette: bytes) -> bytes:
        pixels = b"".join(b"\0" + bytes(row) for row in self.rows)
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
        parts = (b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(pixels, 9))
        chunks = b"".join(_chunk(name, data) for name, data in (*parts, (b"IEND", b"")))
        return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def screenshot(seed: str, *, failed: bool = False) -> bytes:
    """A page with a bar, a menu, a form and a table, laid out by `seed`; red where it failed."""
    dice = sha256(seed.encode()).digest()
    canvas = _Canvas()
    canvas.box(0, 0, WIDTH, 64, BAR)
    canvas.box(32, 22, 120 + dice[0] % 80, 20, PAGE)
    canvas.box(0, 64, 220, HEIGHT, PANEL)
    for place in range(6):
        chosen = place == dice[1] % 6
        canvas.box(24, 96 + place * 44, 90 + dice[2 + place] % 80, 14, ACCENT if chosen else FAINT)
    canvas.box(264, 104, 240 + dice[8] % 260, 28, INK)
    _fields(canvas, dice[9:15])
    _table(canvas, dice[15:30])
    if failed:
        canvas.box(264, 150, 640, 40, MARK)
        canvas.box(284, 164, 380, 12, PAGE)
    return canvas.png(_palette(dice[31], failed))


def _fields(canvas: _Canvas, dice: bytes) -> None:
    for place in range(2):
        left = 264 + place * 340
        canvas.box(left, 210, 90, 10, FAINT)
        canvas.box(left, 228, 300, 40, FAINT)
        canvas.box(left + 1, 229, 298, 38, PAGE)
        canvas.box(left + 14, 242, 60 + dice[place] % 160, 12, INK)
    canvas.box(944, 228, 130, 40, ACCENT)


def _table(canvas: _Canvas, dice: bytes) -> None:
    for line in range(4 + dice[0] % 5):
        top = 310 + line * 46
        canvas.box(264, top + 34, 952, 1, FAINT)
        for column in range(4):
            width = 50 + (dice[(line + column) % len(dice)] * (column + 3)) % 120
            canvas.box(264 + column * 240, top + 10, width, 10, INK if column == 0 else FAINT)


def _palette(hue: int, failed: bool) -> bytes:
    accents = [(37, 99, 235), (13, 148, 136), (124, 58, 237), (217, 119, 6)]
    colours = [
        (255, 255, 255),
        (30, 41, 59),
        (241, 245, 249),
        (51, 65, 85),
        (203, 213, 225),
        accents[hue % len(accents)],
        (220, 38, 38) if failed else (22, 163, 74),
    ]
    return b"".join(bytes(colour) for colour in colours)
