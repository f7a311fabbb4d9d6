"""The runs by another order than that of their creation.

Everything is sorted by its index. A filter's runs are sorted in the database, which is quick for
the newest WINDOW of them; the page says so where there are more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Q

from runs.distinct import distinct
from runs.models import Run, RunQuerySet
from runs.selection import Selection, Unindexed

NAMES = ("created", "duration", "status")


@dataclass(frozen=True)
class Order:
    name: str = "created"
    descending: bool = True

    @classmethod
    def parse(cls, text: str) -> Order:
        """ "-duration" is the longest first; anything unknown is the usual order."""
        name = text.removeprefix("-")
        return cls(name, text.startswith("-")) if name in NAMES else cls()

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.name}"

    @property
    def is_usual(self) -> bool:
        return self == Order()

    def turned(self, name: str) -> Order:
        """What pressing that column's head asks for."""
        return Order(name, not self.descending if name == self.name else True)


@dataclass(frozen=True)
class Sorted:
    """`after`: what to ask for to go on, "" at the end. `sorted_back_to`: see the module."""

    runs: list[Run]
    after: str = ""
    sorted_back_to: int | None = None


def page(chosen: Selection, order: Order, after: str, fields: tuple[str, ...], size: int) -> Sorted:
    """The page behind `after` ("value:place", "" for the first)."""
    window = None if chosen.is_everything else chosen.window()
    runs = (Run.objects.all() if window is None else window.runs).only(*fields)
    found = _sorted(runs, order, _parse(after), size + 1, indexed=window is None)
    shown = found[:size]
    return Sorted(
        shown,
        _cursor(shown[-1], order) if len(found) > size else "",
        window.edge if window else None,
    )


def _sorted(
    runs: RunQuerySet, order: Order, after: tuple[str, int] | None, most: int, *, indexed: bool
) -> list[Run]:
    if order.name == "status":
        return list(_by_status(runs, order, after, most))
    if order.name == "created":
        return list(_by_place(runs, order, after)[:most])
    return list(_by_duration(runs, order, after, indexed=indexed)[:most])


def _by_place(runs: RunQuerySet, order: Order, after: tuple[str, int] | None) -> RunQuerySet:
    side = "lt" if order.descending else "gt"
    found = runs if after is None else runs.filter(**{f"place__{side}": after[1]})
    return found.order_by("-place" if order.descending else "place")


def _by_duration(
    runs: RunQuerySet, order: Order, after: tuple[str, int] | None, *, indexed: bool
) -> RunQuerySet:
    """Runs that have not ended have no duration yet and are left out."""
    runs = runs.filter(duration_ms__isnull=False)
    if after is not None and after[0].isdigit():
        side, (spent, place) = "lt" if order.descending else "gt", after
        further = Q(**{f"duration_ms__{side}": int(spent)}) | Q(**{f"place__{side}": place})
        runs = runs.filter(further, **{f"duration_ms__{side}e": int(spent)})
    by = F("duration_ms") if indexed else Unindexed("duration_ms")
    if order.descending:
        return runs.order_by(by.desc(), "-place")
    return runs.order_by(by.asc(), "place")


def _by_status(
    runs: RunQuerySet, order: Order, after: tuple[str, int] | None, most: int
) -> Iterator[Run]:
    """Status by status, the newest first within each: every part comes from the index."""
    statuses = sorted(distinct("status"), reverse=order.descending)
    if after is not None and after[0] in statuses:
        statuses = statuses[statuses.index(after[0]) :]
    for status in statuses:
        part = runs.filter(status=status).newest()
        if after is not None and status == after[0]:
            part = part.filter(place__lt=after[1])
        for run in part[:most]:
            yield run
            most -= 1
        if most <= 0:
            return


def _cursor(run: Run, order: Order) -> str:
    value = {"status": run.status, "duration": run.duration_ms, "created": ""}[order.name]
    return f"{value}:{run.place}"


def _parse(text: str) -> tuple[str, int] | None:
    value, found, place = text.rpartition(":")
    if not found or not place.isascii() or not place.isdigit() or len(place) > 19:
        return None
    if "\0" in value or len(value) > 40:
        return None
    return value, int(place)
