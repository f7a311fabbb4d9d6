"""Pictures that are not what they seem become a thumbnail or nothing, and never trouble."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pytest_django import Settings

from runs.models import Artifact, Thumbnail
from runs.thumbnails import drawing, making
from runs.thumbnails.drawing import UndrawableError, thumbnail
from tests.conftest import Browse
from tests.hostile.files import FILES
from tests.runs.conftest import Play
from tests.runs.keeping import upstream

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(wide: int, high: int, pixels: bytes = b"", *, more: bytes = b"") -> bytes:
    """Greys of one bit, whatever its size is said to be."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(pixels or b"\0" * ((wide + 7) // 8 + 1) * high, 9))
    return PNG + header + more + data + chunk(b"IEND", b"")


def saved(kind: str, size: tuple[int, int] = (1280, 720), mode: str = "RGB", **how: Any) -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind, **how)
    return target.getvalue()


def text_bomb() -> bytes:
    return png(64, 40, more=chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(80_000_000), 9)))


def profile_bomb() -> bytes:
    return png(64, 40, more=chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000), 9)))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "only a signature": lambda: PNG,
    "a truncated PNG": lambda: saved("PNG")[:-60],
    "a truncated JPEG": lambda: saved("JPEG")[:600],
    "a truncated WebP": lambda: saved("WEBP", lossless=True)[:40],
    "a PNG with a broken checksum": lambda: png(64, 40).replace(b"IDAT", b"IDAX"),
    "a PNG that lies about its size": lambda: png(5_000, 5_000, bytes(100)),
    "a PNG of 20,000 by 20,000 with all its pixels": lambda: png(20_000, 20_000),
    "a PNG of 40,000 by 40,000": lambda: png(40_000, 40_000, bytes(100)),
    "a PNG of 100 by 2,000,000": lambda: png(100, 2_000_000, bytes(100)),
    "a PNG of no size": lambda: png(0, 0, b"\0"),
    "a PNG whose text unpacks to 80 MB": text_bomb,
    "a PNG whose colours unpack to 80 MB": profile_bomb,
    "a GIF": lambda: saved("GIF"),
    "a TIFF": lambda: saved("TIFF"),
    "an icon": lambda: saved("ICO", (64, 64)),
    "an EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
    "an SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "HTML": lambda: b"<html><script>alert(1)</script>",
    "HTML behind a PNG's signature": lambda: PNG + b"<script>alert(1)</script>" * 100,
    "noise behind a JPEG's": lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 50,
    "a WebP of 16,383 by 16,383": lambda: (
        b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xbf\xff\x0f" + bytes(8)
    ),
}
DRAWABLE: dict[str, Callable[[], bytes]] = {
    "a PNG": lambda: saved("PNG"),
    "a JPEG": lambda: saved("JPEG"),
    "a WebP": lambda: saved("WEBP"),
    "a palette": lambda: saved("PNG", mode="P"),
    "a palette with a hole": lambda: saved("PNG", mode="P", transparency=0),
    "greys": lambda: saved("PNG", mode="L"),
    "one bit": lambda: png(640, 400),
    "greys with alpha": lambda: saved("PNG", mode="LA"),
    "colours with alpha": lambda: saved("PNG", mode="RGBA"),
    "a printer's JPEG": lambda: saved("JPEG", mode="CMYK"),
    "a progressive JPEG": lambda: saved("JPEG", progressive=True),
    "an animation": lambda: saved(
        "WEBP", save_all=True, append_images=[Image.new("RGB", (1280, 720), "red")]
    ),
    "a page of 1,280 by 20,000": lambda: saved("PNG", (1280, 20_000)),
    "a JPEG of 1,280 by 20,000": lambda: saved("JPEG", (1280, 20_000)),
    "words in it": lambda: saved("PNG", pnginfo=words()),
}
ALONE = """
import importlib.util, json, os, resource, sys

def rss():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

spec = importlib.util.spec_from_file_location("drawing", sys.argv[1])
drawing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(drawing)
drawing.placeholder()  # what Pillow loads once is loaded
contents = [bytes.fromhex(line) for line in sys.stdin]
before, did = rss(), []

def watch(event, arguments):
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        did.append(f"writes {arguments[0]}")
    elif event.startswith(("os.", "socket.", "subprocess.", "ctypes.")):
        did.append(event)

sys.addaudithook(watch)
for content in contents:
    try:
        drawing.thumbnail(content)
    except drawing.UndrawableError:
        pass
print(json.dumps({"did": did, "grew": rss() - before}))
"""
"""A process that does nothing but draw what it is given, and tells what else it did."""


def words() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>", zip=True)
    return info


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_or_too_much_of_one_is_refused(name: str) -> None:
    content = HOSTILE[name]()
    before = psutil.Process().memory_info().rss
    with pytest.raises(UndrawableError):
        thumbnail(content)
    assert psutil.Process().memory_info().rss - before < 100_000_000


@pytest.mark.parametrize("name", DRAWABLE)
def test_what_browsers_take_is_drawn(name: str) -> None:
    with Image.open(BytesIO(thumbnail(DRAWABLE[name]()))) as picture:
        assert (picture.format, picture.width, picture.mode) == ("WEBP", 320, "RGB")
        assert picture.height in (180, 200)
        assert not picture.info.get("exif")


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1280, 720), (320, 180)),
        ((1280, 20_000), (320, 200)),
        ((4000, 100), (320, 8)),
        ((160, 100), (160, 100)),
        ((50, 900), (50, 31)),
        ((1, 1), (1, 1)),
        ((1, 5_000), (1, 1)),
        ((5_000, 1), (320, 1)),
    ],
)
def test_long_pages_are_cut_and_nothing_is_blown_up(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    with Image.open(BytesIO(thumbnail(saved("PNG", size)))) as picture:
        assert picture.size == small


def test_of_a_long_page_the_top_is_shown() -> None:
    picture = Image.new("RGB", (1280, 8_000), "red")
    picture.paste((0, 0, 255), (0, 0, 1280, 800))
    target = BytesIO()
    picture.save(target, "PNG")
    with Image.open(BytesIO(thumbnail(target.getvalue()))) as drawn:
        red, _, blue = drawn.convert("RGB").getpixel((160, 190))  # type: ignore[misc]  # a tuple
    assert blue > 200 > red


@settings(max_examples=60)
@given(
    st.sampled_from(["PNG", "JPEG", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_whatever_is_changed_in_a_picture_nothing_else_is_raised(
    kind: str, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(saved(kind, (64, 40)))
    for place, value in changes:
        content[place % len(content)] = value
    with suppress(UndrawableError):
        thumbnail(bytes(content))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["HTML", "a truncated PNG", "a PNG of 40,000 by 40,000"])
def test_the_page_survives_each_of_them(
    browse: Browse, play: Play, settings: Settings, name: str
) -> None:
    run = play("Invoice download")
    shot = run.artifacts.filter(type="screenshot_final")[0]
    upstream(settings, lambda: [HOSTILE[name]()])
    answer = browse("support").get(shot.thumbnail_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer.content == drawing.placeholder()


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_whatever_a_file_claims_to_be_a_picture_of_ours_is_answered(
    browse: Browse, play: Play, settings: Settings, name: str
) -> None:
    claimed, content = FILES[name]
    shot = play("Invoice download").artifacts.filter(type="screenshot_final")[0]
    upstream(settings, lambda: [content], [("content-type", claimed)])
    client = browse("support")
    answer = client.get(shot.thumbnail_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    if answer.content != drawing.placeholder():
        with Image.open(BytesIO(answer.content), formats=["WEBP"]) as picture:
            picture.load()
            assert picture.width <= drawing.WIDTH
            assert picture.height <= drawing.HEIGHT
    assert list(Thumbnail.objects.values_list("pk", flat=True)) in ([], [shot.pk])
    again = client.get(shot.thumbnail_url)
    assert (again.status_code, again.content) == (200, answer.content)


def test_drawing_them_writes_nothing_starts_nothing_and_stays_small(tmp_path: Path) -> None:
    """A picture that may be drawn takes 160 MB at most; a program that hangs is ended."""
    contents = [content for _, content in FILES.values()]
    contents += [make() for make in HOSTILE.values()]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(drawing.__file__)],
        input="\n".join(content.hex() or " " for content in contents),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert told["did"] == []
    assert told["grew"] < 200_000_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_no_more_than_20_mb_of_one_are_read(
    play: Play, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = play("Invoice download").artifacts.filter(type="screenshot_final")[0]
    monkeypatch.setattr(making, "MOST_BYTES", 1_000_000)
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield PNG + bytes(100_000)

    upstream(settings, endless)
    assert making.of(Artifact.objects.select_related("run").get(pk=shot.pk)) == b""
    assert read <= 11
