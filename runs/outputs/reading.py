"""Reads a stretch of a large output's text, from the database or from memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from runs.models import OutputPiece
from runs.outputs.layout import PIECE

MOST_HELD = 4
"""Pieces that a request holds at once, however many it reads."""


class ReplacedError(Exception):
    """The output changed while it was read: read it again."""


class Text(Protocol):
    def read(self, start: int, end: int) -> str: ...


class Held:
    """A text that is in memory anyway."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, start: int, end: int) -> str:
        return self.text[start:end]


class Stored:
    """The pieces of one LargeOutput; ReplacedError once they are no longer there."""

    def __init__(self, output_id: int) -> None:
        self.output_id = output_id
        self.pieces: dict[int, str] = {}

    def read(self, start: int, end: int) -> str:
        numbers = range(start // PIECE, (max(start, end - 1)) // PIECE + 1)
        text = "".join(self._piece(number) for number in numbers)
        return text[start - numbers.start * PIECE : end - numbers.start * PIECE]

    def _piece(self, number: int) -> str:
        if number not in self.pieces:
            found = OutputPiece.objects.filter(output=self.output_id, number=number)
            text = found.values_list("text", flat=True).first()
            if text is None:
                raise ReplacedError
            while len(self.pieces) >= MOST_HELD:
                del self.pieces[next(iter(self.pieces))]
            self.pieces[number] = text
        return self.pieces[number]


def streamed(text: Text, start: int, end: int) -> Iterator[str]:
    """All of it, a piece at a time."""
    while start < end:
        stop = min(end, (start // PIECE + 1) * PIECE)
        yield text.read(start, stop)
        start = stop
