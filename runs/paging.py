"""Pages of a selection: as quick at row 900,000 as at row 1, with URLs that stay right."""

from __future__ import annotations

from dataclasses import dataclass

from runs.models import Run, RunQuerySet
from runs.selection import LAST, Selection

COUNT_CAP = 10_000
NEWER_CAP = 99


@dataclass(frozen=True)
class Page:
    """`older` and `newer`: the place to go on from; None where nothing is known to be there.

    `searched_to`: the place down to which was looked, where that was not far enough to fill the
    page or to know that there is no more.
    """

    runs: list[Run]
    older: int | None = None
    newer: int | None = None
    searched_to: int | None = None


@dataclass(frozen=True)
class Count:
    number: int
    is_least: bool = False
    """Whether there may be more."""


def parse(text: str) -> int | None:
    """A place as it stands in a URL; None for what cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    place = int(text)
    return place if place < LAST else None


def newest(chosen: Selection, fields: tuple[str, ...], size: int) -> Page:
    return _downwards(chosen, fields, size, LAST)


def older_than(place: int, chosen: Selection, fields: tuple[str, ...], size: int) -> Page:
    page = _downwards(chosen, fields, size, place)
    return Page(page.runs, page.older, place - 1, page.searched_to)


def newer_than(place: int, chosen: Selection, fields: tuple[str, ...], size: int) -> Page:
    window = chosen.window(above=place, upwards=True, enough=size + 1)
    found = list(window.runs.only(*fields).order_by("place")[: size + 1])
    shown = found[:size][::-1]
    if not shown and window.edge is None:
        return newest(chosen, fields, size)
    top = shown[0].place if len(found) > size else window.edge
    return Page(shown, older=place + 1, newer=top)


def since(place: int, chosen: Selection, fields: tuple[str, ...], size: int) -> tuple[Page, int]:
    """The first page as it was when `place` was its newest, and how many matching came since.

    The number stops at NEWER_CAP + 1.
    """
    arrived = chosen.window(above=place, enough=NEWER_CAP + 1).runs
    return _downwards(chosen, fields, size, place + 1), _counted(arrived, NEWER_CAP)


def count(chosen: Selection) -> Count:
    edge, number = None, chosen.count_words(COUNT_CAP + 1)
    if number is None:
        window = chosen.window(enough=COUNT_CAP + 1)
        edge, number = window.edge, _counted(window.runs, COUNT_CAP)
    if number > COUNT_CAP:
        return Count(COUNT_CAP, is_least=True)
    return Count(number, is_least=edge is not None)


def _counted(runs: RunQuerySet, most: int) -> int:
    """Up to one more than `most`; by their places, which every index has: no row is read."""
    return runs.order_by().values("place")[: most + 1].count()


def _downwards(chosen: Selection, fields: tuple[str, ...], size: int, below: int) -> Page:
    window = chosen.window(below=below, enough=size + 1)
    found = list(window.runs.only(*fields).newest()[: size + 1])
    if len(found) > size:
        return Page(found[:size], older=found[size - 1].place)
    if window.edge is not None:
        return Page(found, older=window.edge, searched_to=window.edge)
    return Page(found)
