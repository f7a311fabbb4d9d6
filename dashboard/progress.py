"""How far work that consists of many items has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Count, QuerySet


@dataclass(frozen=True)
class Progress:
    """`counts`: of the items in each state; of any work these are called "done" and "failed"."""

    counts: dict[str, int]
    drawn: ClassVar[tuple[str, ...]] = ()
    """The states that the bar shows, from its left."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.count("done")

    @property
    def failed(self) -> int:
        return self.count("failed")

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Segments of the bar: (state, where it starts, how wide it is), in percent."""
        found, start = [], 0.0
        for state in self.drawn:
            if count := self.count(state):
                width = 100 * count / self.total
                found.append((str(state), start, width))
                start += width
        return found

    def count(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)


def counted(items: QuerySet[Any], whole: str, ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """The counts of each of those; one query. `whole`: the items' field that names theirs."""
    counts: dict[UUID, dict[str, int]] = {pk: {} for pk in ids}
    theirs = items.filter(**{f"{whole}__in": counts}).order_by() if counts else items.none()
    for pk, state, count in theirs.values_list(whole, "state").annotate(Count("pk")):
        counts[pk][state] = count
    return counts
