"""Draws a small picture of one that whoever took it may have tampered with."""

from __future__ import annotations

import struct
import warnings
import zlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 320, 200
"""Pixels at most: the top of a long page has the shape of a cell, what is less high its own."""
FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 40_000_000
"""Which take 160 MB while they are read."""
QUALITY = 70
BROKEN = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(MemoryError, struct.error, zlib.error),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)
"""What Pillow raises of a file that is not what it seems."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class UndrawableError(Exception):
    """It is no picture, a broken one, or more than anyone took."""


def thumbnail(content: bytes) -> bytes:
    """A WebP of a PNG, JPEG or WebP, no larger than it is; of what is higher than 16:10 the top."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            return _webp(_flat(_top(picture)))
    except BROKEN as error:
        raise UndrawableError(type(error).__name__) from error


def _top(picture: Image.Image) -> Image.Image:
    """All of it, or what of a long page would be seen first."""
    if picture.width * picture.height > MOST_PIXELS:
        raise UndrawableError("too many pixels")
    if picture.format == "JPEG":
        picture.draft("RGB", (2 * WIDTH, 2 * HEIGHT))
    wide, high = picture.size
    return picture.crop((0, 0, wide, min(high, max(1, round(wide * HEIGHT / WIDTH)))))


def _flat(picture: Image.Image) -> Image.Image:
    """Small and on white. Sizes go down in true colours only: a palette's have no in-between."""
    width = min(WIDTH, picture.width)
    size = (width, max(1, round(picture.height * width / picture.width)))
    small = picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    paper = Image.new("RGBA", size, "white")
    paper.alpha_composite(small)
    return paper.convert("RGB")


def _webp(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()


@lru_cache(maxsize=1)
def placeholder() -> bytes:
    """Neutral in both themes: it stands where no thumbnail can be made."""
    picture = Image.new("RGBA", (WIDTH, HEIGHT), (128, 128, 128, 40))
    draw, grey = ImageDraw.Draw(picture), (128, 128, 128, 150)
    draw.rounded_rectangle((124, 72, 196, 128), radius=6, outline=grey, width=4)
    draw.line((130, 122, 150, 98, 164, 112, 174, 104, 190, 122), fill=grey, width=4)
    draw.ellipse((172, 82, 182, 92), fill=grey)
    target = BytesIO()
    picture.save(target, "WEBP", lossless=True)
    return target.getvalue()
