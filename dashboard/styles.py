"""Joins the stylesheets into the one that pages load, so that a first visit waits for one file.

`static/css/` stays as it is written: small files, plain CSS. The symbols of `static/icons.svg`
come with it as images: `var(--icon-NAME)` for a sheet, the class `i-NAME` for a template. An icon
that is a mask drawn by CSS costs a page a few bytes, an <svg> costs it a hundred.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NAME = "css/skydeck.css"
SHEETS = (
    "tokens",
    "base",
    "frame",
    "frame-narrow",
    "components",
    "parts",
    "floating",
    "forms",
    "tables",
    "pages",
    "filters",
    "runs",
    "jobs",
    "run",
    "run-steps",
    "run-files",
    "share",
    "json",
    "recording",
    "compare",
    "failures",
    "alerts",
    "agents",
    "launch",
    "many",
    "schedules",
    "schedule",
    "pauses",
    "ledger",
    "schedule-form",
    "print",
)
"""In the order of the cascade."""
_STATIC = Path(settings.BASE_DIR, "static")
_ICONS = _STATIC / "icons.svg"
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)


class StylesFinder(BaseFinder):
    """Offers the joined stylesheet to `collectstatic`, and to a server that serves uncollected."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "styles")

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        self._write()
        yield NAME, self.storage

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        if path != NAME:
            return []
        return [self._write()] if find_all else self._write()

    def _write(self) -> str:
        """The path of a file that is at least as new as all it is made of."""
        target = Path(self.storage.path(NAME))
        made_of = [Path(__file__), _ICONS, *_paths()]
        newest = max(path.stat().st_mtime for path in made_of)
        if not target.exists() or target.stat().st_mtime < newest:
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_suffix(f".{os.getpid()}")  # others may be writing it too
            half.write_text(joined(), encoding="utf-8")
            half.replace(target)
        return str(target)


def joined() -> str:
    """All sheets, one after the other, and the icons.

    KeyError: a sheet wants an icon that `static/icons.svg` does not have.
    """
    text = "\n".join(path.read_text(encoding="utf-8") for path in _paths())
    drawn = dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', _ICONS.read_text()))
    if missing := set(re.findall(r"var\(--icon-([a-z0-9_-]+)\)", text)) - set(drawn):
        raise KeyError(*sorted(missing))
    images = "".join(f"  --icon-{name}: url('{_image(each)}');\n" for name, each in drawn.items())
    classes = "".join(f".i-{name} {{ --mark: var(--icon-{name}) }}\n" for name in drawn)
    return f"{text}\n@layer tokens {{\n:root {{\n{images}}}\n{classes}}}\n"


def _image(shapes: str) -> str:
    svg = _SVG.format(shapes.replace("currentColor", "#000"))
    return "data:image/svg+xml," + quote(svg, safe=' =:/"<>,()')


def _paths() -> list[Path]:
    return [_STATIC / "css" / f"{name}.css" for name in SHEETS]
