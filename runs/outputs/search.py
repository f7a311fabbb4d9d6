"""Finds names and values in a document, as many and for as long as is good for a page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, islice

from runs.outputs.document import Document, Node
from runs.outputs.layout import LARGE, Large, written

MOST_FOUND = 100
PATIENCE = 1.0
"""Seconds of one core: on a busy server it takes longer, and finds no less."""
AROUND = 60
"""Characters before and after a match."""


@dataclass(frozen=True)
class Match:
    node: Node
    before: str
    matching: str
    after: str
    in_name: bool


@dataclass(frozen=True)
class Found:
    matches: list[Match]
    is_cut: bool = False
    """Whether there may be more: because there are so many, or because it took so long."""


def search(document: Document, query: str, patience: float = PATIENCE) -> Found:
    """Parts whose name, or whose text or other value, has the query in it, however written."""
    looking = _Looking(query.casefold(), time.thread_time() + patience)
    matches = list(islice(looking.within(document.root), MOST_FOUND + 1))
    return Found(matches[:MOST_FOUND], len(matches) > MOST_FOUND or looking.gave_up)


@dataclass
class _Looking:
    query: str
    end: float
    gave_up: bool = False
    sought: str = field(init=False)
    """As it stands in JSON."""

    def __post_init__(self) -> None:
        self.sought = written(self.query)[1:-1]

    def within(self, node: Node) -> Iterator[Match]:
        """Of a large part the text is looked at first: most of it need not be taken apart."""
        if time.thread_time() > self.end:
            self.gave_up = True
            return
        yield from self._name(node)
        if node.large is None:
            yield from self._small(node)
        elif node.kind == "text":
            yield from self._long_text(node)
        for part in node.large.parts if node.large is not None else ():
            if isinstance(part, Large) or self._might(node, part.start, part.end):
                for child in node.among(part):
                    yield from self.within(child)

    def _small(self, node: Node) -> Iterator[Match]:
        if node.is_branch:
            for child in node.children():
                yield from self.within(child)
        else:
            value = node.value if isinstance(node.value, str) else written(node.value)
            yield from self._match(node, value, in_name=False)

    def _might(self, node: Node, start: int, end: int) -> bool:
        return self.sought in node.text.read(start, end).casefold()

    def _name(self, node: Node) -> Iterator[Match]:
        if isinstance(node.key, str) and node.key:
            yield from self._match(node, node.key, in_name=True)

    def _long_text(self, node: Node) -> Iterator[Match]:
        """The first place in it, as the others are a page away at most."""
        at, carried = 0, ""
        while time.thread_time() <= self.end:
            shown, stop = node.stretch(at, LARGE)
            if stop == at:
                return
            if found := _match(node, carried + shown, self.query, in_name=False):
                yield found
                return
            at, carried = stop, shown[-len(self.query) :]
        self.gave_up = True

    def _match(self, node: Node, text: str, *, in_name: bool) -> Iterator[Match]:
        if found := _match(node, text, self.query, in_name=in_name):
            yield found


def _match(node: Node, text: str, query: str, *, in_name: bool) -> Match | None:
    folded = text.casefold()
    at = folded.find(query)
    if at < 0:
        return None
    end = at + len(query)
    if len(folded) != len(text):  # "ß" is two letters long when folded
        at, end = _unfolded(text, at), _unfolded(text, end - 1) + 1
    before, after = text[max(0, at - AROUND) : at], text[end : end + AROUND]
    before = f"…{before}" if at > AROUND else before
    after = f"{after}…" if len(text) > end + AROUND else after
    return Match(node, before, text[at:end], after, in_name)


def _unfolded(text: str, place: int) -> int:
    """Where in the text the character stands that is at this place when it is folded."""
    reached = accumulate(len(character.casefold()) for character in text)
    return next(number for number, after in enumerate(reached) if after > place)
