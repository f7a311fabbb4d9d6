"""A document and its parts: what each is, what is in it, and which one a path leads to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from msgspec.json import decode, encode

from runs.outputs import paths
from runs.outputs.layout import Large, Layout, Slice, written
from runs.outputs.reading import Held, Text, streamed

KINDS = {"{": "object", "[": "array", '"': "text"}
LONGEST_ESCAPE = 6


@dataclass(frozen=True)
class Node:
    """A part of a document: a small one is a value, of a large one there is an outline."""

    text: Text
    value: Any = None
    large: Large | None = None
    key: str | int = ""
    places: tuple[int, ...] = ()
    """Its place among its siblings, after those of all that it is in."""
    said: str = paths.ROOT
    """Its path, however long."""

    @property
    def kind(self) -> str:
        """object, array, text or value."""
        if self.large is not None:
            return KINDS[self.large.kind]
        if isinstance(self.value, dict):
            return "object"
        return "array" if isinstance(self.value, list) else self._leaf_kind

    @property
    def _leaf_kind(self) -> str:
        return "text" if isinstance(self.value, str) else "value"

    @property
    def is_branch(self) -> bool:
        return self.kind in ("object", "array")

    @property
    def size(self) -> int:
        """Children of a branch, characters of a text."""
        if self.large is not None:
            return self.large.size
        return len(self.value) if isinstance(self.value, dict | list | str) else 1

    @property
    def path(self) -> str:
        """As an address can hold it."""
        if len(self.said) <= paths.LONGEST:
            return self.said
        return paths.ROOT + "".join(f"{{{place}}}" for place in self.places)

    @property
    def place(self) -> int:
        return self.places[-1] if self.places else 0

    @property
    def is_too_deep(self) -> bool:
        """Only a file with it can be had."""
        return self.is_branch and self.large is not None and not self.large.parts

    def json(self) -> Iterator[str]:
        if self.large is None:
            return iter([written(self.value)])
        return streamed(self.text, self.large.start, self.large.end)

    # What is in it -----------------------------------------------------------------------------

    def children(self, start: int = 0) -> Iterator[Node]:
        """From that place on; what comes first of a large one is there before the rest is read."""
        if self.large is not None:
            for part in self.large.parts:
                if part.first + part.count > start:
                    yield from self.among(part, start)
        elif self.is_branch:
            for place, (key, value) in enumerate(islice(_pairs(self.value), start, None), start):
                yield self._child(place, key, value=value)

    def among(self, part: Slice | Large, start: int = 0) -> Iterator[Node]:
        """The children that one part of a large one has, from that place on."""
        if isinstance(part, Large):
            key = part.key if self.kind == "object" else part.first
            yield self._child(part.first, key, large=part)
            return
        found = json.loads(self._wrapped(self.text.read(part.start, part.end)))
        for offset, (key, value) in enumerate(_pairs(found)):
            place = part.first + offset
            if place >= start:
                yield self._child(place, key if isinstance(key, str) else place, value=value)

    def _wrapped(self, inside: str) -> str:
        return f"{{{inside}}}" if self.kind == "object" else f"[{inside}]"

    def _child(self, place: int, key: str | int, **what: Any) -> Node:
        said = self.said + paths.step(key, place)
        return Node(self.text, key=key, places=(*self.places, place), said=said, **what)

    def child(self, step: paths.Step) -> Node | None:
        if isinstance(step, paths.Place):
            return next(self.children(step.number), None) if step.number < self.size else None
        if isinstance(step, int) is (self.kind == "object") or not self.is_branch:
            return None
        if isinstance(step, int):
            return next(self.children(step), None) if step < self.size else None
        return self._named(step)

    def _named(self, name: str) -> Node | None:
        if self.large is None:
            return next((child for child in self.children() if child.key == name), None)
        for part in self.large.parts:
            if isinstance(part, Large):
                might = part.key == name
            else:
                might = f"{written(name)}:" in self.text.read(part.start, part.end)
            if might:
                for child in self.among(part):
                    if child.key == name:
                        return child
        return None

    def stretch(self, start: int, most: int) -> tuple[str, int]:
        """Of a text so many characters from there on, and where the next ones begin.

        Of a large one the places count characters of its JSON, where some are written as several.
        """
        if self.large is None:
            shown = self.value[start : start + most]
            return shown, start + len(shown)
        first, end = self.large.start + 1 + start, self.large.end - 1
        stop = min(end, first + most)
        inside = self.text.read(first, stop)
        for cut in range(LONGEST_ESCAPE):
            try:
                return json.loads(f'"{inside[: len(inside) - cut]}"'), start + len(inside) - cut
            except ValueError:
                continue
        return "", start + len(inside)  # it was begun in the midst of an escape


class Document:
    """The root of it, small or large, and the ways to its parts."""

    def __init__(self, root: Node) -> None:
        self.root = root

    @classmethod
    def of(cls, value: Any) -> Document:
        """Of a value that is in memory."""
        return cls(Node(Held(""), value=value))

    @classmethod
    def laid_out(cls, layout: Layout) -> Document:
        return cls(Node(Held(layout.text), large=layout.outline))

    @classmethod
    def outlined(cls, outline: str, text: Text) -> Document:
        return cls(Node(text, large=decode(outline, type=Large)))

    def at(self, path: str) -> list[Node] | None:
        """From the root to the part that the path leads to; None if there is none."""
        steps = paths.parsed(path or paths.ROOT)
        if steps is None:
            return None
        trail = [self.root]
        for step in steps:
            child = trail[-1].child(step)
            if child is None:
                return None
            trail.append(child)
        return trail

    def beginning(self, most: int) -> tuple[Any, bool]:
        """The value without what comes after so many characters of it, and whether that is cut."""
        if self.root.large is None:
            return self.root.value, False
        room = _Room(most)
        return room.of(self.root), room.is_cut


def outline(layout: Layout) -> str:
    return encode(layout.outline).decode()


def _pairs(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
    return value.items() if isinstance(value, dict) else enumerate(value)


class _Room:
    """For how many characters there still is room; `is_cut` once something had none."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.is_cut = False

    def of(self, node: Node) -> Any:
        if node.large is None:
            self.left -= len(written(node.value))
            return node.value
        if node.kind == "text":
            shown, stop = node.stretch(0, max(0, self.left))
            self.left -= stop
            self.is_cut |= stop < node.large.end - node.large.start - 2
            return shown
        self.is_cut |= node.is_too_deep
        found: dict[str | int, Any] = {}
        for child in node.children():
            if self.left <= 0:
                self.is_cut = True
                break
            found[child.key] = self.of(child)
        return found if node.kind == "object" else list(found.values())
