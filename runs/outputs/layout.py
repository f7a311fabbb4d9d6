"""Writes a large JSON value as one text and an outline that tells where in it each part lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from msgspec import Struct

LARGE = 64 * 1024
"""Characters of JSON from which on a part has its own place in the outline."""
PIECE = 4 * LARGE
"""Characters of the text that are kept, and read, together."""
MOST_CHILDREN = 8_192
"""Children of one slice: those that fit are read at once to show some of them."""
MOST_WRITTEN = 25
"""How often the whole may be written down, as each large part is to look for its own parts."""
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


class Slice(Struct, frozen=True, array_like=True, tag=0):
    """Small children that follow each other: `text[start:end]` is their JSON, without brackets."""

    first: int
    count: int
    start: int
    end: int


class Large(Struct, frozen=True, array_like=True, tag=1):
    """A part whose JSON is `text[start:end]`; `kind` is its first character, `size` its length.

    A text has no parts, and neither has what lies too deep in too large a whole.
    """

    first: int
    key: str
    kind: str
    size: int
    start: int
    end: int
    parts: list[Slice | Large]

    @property
    def count(self) -> int:
        """Of its parent's children it is one, as a slice can be many."""
        return 1


@dataclass(frozen=True)
class Layout:
    outline: Large
    text: str
    digest: str

    def pieces(self) -> Iterator[str]:
        for start in range(0, len(self.text), PIECE):
            yield self.text[start : start + PIECE]


def written(value: Any) -> str:
    """As JSON on one line."""
    return _encoder.encode(value)


def lay_out(value: Any) -> Layout | None:
    """None for what is not large: that can be read as it is."""
    if not isinstance(value, dict | list | str):
        return None
    text = written(value)
    if len(text) <= LARGE:
        return None
    digest = blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
    outline = _Outliner(MOST_WRITTEN * len(text)).large(value, "", 0, 0, len(text))
    return Layout(outline, text, digest)


class _Outliner:
    def __init__(self, left: int) -> None:
        self.left = left
        """Characters that may still be written to find out how long things are."""

    def large(self, value: Any, key: str, first: int, start: int, length: int) -> Large:
        """The outline of a part whose JSON begins at `start` and is `length` long."""
        inside: list[Slice | Large] = []
        if not isinstance(value, str) and self.left > 0:
            inside = list(self.parts(value, start + 1))
        kind = '"' if isinstance(value, str) else "{" if isinstance(value, dict) else "["
        return Large(first, key, kind, len(value), start, start + length, inside)

    def parts(self, value: dict[str, Any] | list[Any], at: int) -> Iterator[Slice | Large]:
        """As many small children together as are a quarter of what is large, or a little more.

        A large one is met alone: it ends the run of those before it, which is tried again by ones.
        """
        children = list(value.items()) if isinstance(value, dict) else value
        first, together = 0, 1
        while first < len(children):
            chunk = children[first : first + together]
            length = self.length(dict(chunk) if isinstance(value, dict) else chunk)
            if length > LARGE and len(chunk) > 1:
                together = 1
                continue
            key, child = chunk[0] if isinstance(value, dict) else ("", chunk[0])
            if length > LARGE and isinstance(child, dict | list | str):
                before = len(written(key)) + 1 if isinstance(value, dict) else 0
                yield self.large(child, key, first, at + before, length - before)
            else:
                yield Slice(first, len(chunk), at, at + length)
                if length < LARGE // 4:
                    together = min(2 * together, MOST_CHILDREN)
            first += len(chunk)
            at += length + 1

    def length(self, chunk: dict[str, Any] | list[Any]) -> int:
        """Of its JSON without the brackets."""
        length = len(written(chunk)) - 2
        self.left -= length
        return length
