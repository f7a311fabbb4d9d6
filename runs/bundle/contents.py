"""What goes in, in which order: a file that breaks off is left out, and not half in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import batched, chain
from typing import Any

from django.utils.text import slugify

from runs.bundle import files, texts
from runs.bundle.case import Case
from runs.bundle.fetching import Allowance
from runs.bundle.hiding import hider, shown
from runs.bundle.zipping import Member
from runs.evidence import Shot
from runs.readable.plain import UnreadableError

PIECE = 64 * 1024
OTHERS = 12
"""Pictures beside that of the failing step."""


class Contents:
    """The members of the zip, and what of them is to be said in the last one."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.allowance = Allowance()
        self.hide = hider()
        self.contained: list[tuple[str, str]] = []
        self.left_out: list[tuple[str, str]] = []

    def members(self) -> Iterator[Member]:
        """Each is to be read before the next is asked for."""
        case, told = self.case, self.case.told
        overview = texts.overview(case)
        yield self._data("run.json", "how it went, why it failed, inputs, options", overview)
        steps = "its steps as Skyvern tells them, newest first"
        yield self._data("timeline.json", steps, told.timeline)
        yield self._data("outputs.json", "what came out of it", told.outputs)
        yield self._text("notes.txt", "what people wrote about it", texts.notes(case))
        yield self._text("history.txt", "what people did to it in Skydeck", texts.history(case))
        shots = chosen(case)
        pictures = [self._picture(number, shot) for number, shot in enumerate(shots, 1)]
        yield from chain(*pictures[:1], self._log(), *pictures[1:])
        left_out = [*self.left_out, *texts.never(case, len(shots))]
        readme = texts.readme(case, self.contained, left_out)
        yield self._text("README.txt", "what you are reading", readme)

    def _data(self, name: str, what: str, value: Any) -> Member:
        encoder = json.JSONEncoder(indent=1, ensure_ascii=False, default=str)
        pieces = batched(encoder.iterencode(shown(value, self.hide)), 1_000)
        return self._member(name, what, map("".join, pieces))

    def _text(self, name: str, what: str, lines: Iterable[str]) -> Member:
        return self._member(name, what, (f"{self.hide(line)}\n" for line in lines))

    def _member(self, name: str, what: str, pieces: Iterable[str]) -> Member:
        self.contained.append((name, what))
        return name, (piece.encode(errors="replace") for piece in pieces)

    def _picture(self, number: int, shot: Shot) -> Iterator[Member]:
        """Called by the block that it was taken in, or else by what it is."""
        path = self.case.timeline.path_to(shot.step) if shot.step else []
        block = next((step.title for step in reversed(path) if step.kind == "block"), shot.label)
        name = f"screenshots/{number:02}-{slugify(block)[:40].strip('-_') or 'step'}"
        try:
            with self.allowance.fetched(shot.artifact) as file:
                full = f"{name}.{files.ending(file)}"
                what = texts.picture(block, shot, failed=shot is self.case.failing)
                self.contained.append((full, what))
                yield full, iter(partial(file.read, PIECE), b"")
        except UnreadableError as why:
            self.left_out.append((name, str(why)))

    def _log(self) -> Iterator[Member]:
        what = "what the pages wrote to the browser's console, addresses without their queries"
        for newest in self.case.logs[:1]:
            try:
                with self.allowance.fetched(newest) as file:
                    yield self._text("console.log", what, files.lines(file))
            except UnreadableError as why:
                self.left_out.append(("console.log", str(why)))


def chosen(case: Case) -> list[Shot]:
    """That of the failing step first, then OTHERS of the rest, from its first to its last."""
    first = [case.failing] if case.failing else []
    ids = {shot.artifact.pk for shot in first}
    return first + spread([s for s in case.files.shots if s.artifact.pk not in ids], OTHERS)


def spread[T](found: list[T], most: int) -> list[T]:
    """At most so many of them, evenly from the first to the last."""
    if len(found) <= most:
        return found
    return [found[round(place * (len(found) - 1) / (most - 1))] for place in range(most)]
