"""Draws a small picture of one that whoever took it may have tampered with."""

from __future__ import annotations

import struct
import warnings
import zlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 320, 200
"""Pixels of every thumbnail but those of smaller pictures: cells of a strip are alike."""
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
    """A WebP of the top of a PNG, JPEG or WebP, as wide as that is or WIDTH, at 16:10."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            return _webp(_flat(_top(picture)))
    except BROKEN as error:
        raise UndrawableError(type(error).__name__) from error


def _top(picture: Image.Image) -> Image.Image:
    """What of it has that shape: all its width from the top, or its middle if it is very wide."""
    if picture.width * picture.height > MOST_PIXELS:
        raise UndrawableError("too many pixels")
    if picture.format == "JPEG":
        picture.draft("RGB", (2 * WIDTH, 2 * HEIGHT))
    wide, high = picture.size
    width = min(wide, max(1, round(high * WIDTH / HEIGHT)))
    height = min(high, max(1, round(wide * HEIGHT / WIDTH)))
    left = (wide - width) // 2
    return picture.crop((left, 0, left + width, height))


def _flat(picture: Image.Image) -> Image.Image:
    """Small and on white. Sizes go down in true colours only: a palette's have no in-between."""
    size = (min(WIDTH, picture.width), min(HEIGHT, picture.height))
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
