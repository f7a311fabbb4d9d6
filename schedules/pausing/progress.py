"""How far bulks have come, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from schedules.models import Bulk, BulkItem

State = BulkItem.State


@dataclass(frozen=True)
class Progress:
    """How far one has come; `shares` as the bar of a job takes them."""

    bulk: Bulk
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def title(self) -> str:
        undo = "Undo: " if self.bulk.undo_of_id else ""
        s = "" if self.total == 1 else "s"
        return f"{undo}{self.bulk.get_verb_display()} {self.total:,} schedule{s}"

    @property
    def settled(self) -> int:
        return self.total - self.counts.get(State.WAITING, 0) - self.counts.get(State.WORKING, 0)

    @property
    def done(self) -> int:
        return self.counts.get(State.DONE, 0)

    @property
    def failed(self) -> int:
        return self.counts.get(State.FAILED, 0)

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        found, start = [], 0.0
        for state in (State.DONE, State.SKIPPED, State.FAILED, State.WORKING):
            if count := self.counts.get(state):
                width = 100 * count / self.total
                found.append((state.value, start, width))
                start += width
        return found

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """(state, word, count) of those that there are."""
        return [
            (state.value, word(state, self.bulk), self.counts[state])
            for state in State
            if self.counts.get(state)
        ]


def word(state: str, bulk: Bulk) -> str:
    """What waits in an aborted one is not done, and never will be."""
    if state == State.WAITING and bulk.state == Bulk.State.ABORTED:
        return "Not done"
    if state == State.DONE:
        return "Paused" if bulk.verb == Bulk.Verb.PAUSE else "Resumed"
    return State(state).label


def progress_of(found: Iterable[Bulk]) -> list[Progress]:
    """One query for all."""
    shown = list(found)
    counts: dict[UUID, dict[str, int]] = {bulk.pk: {} for bulk in shown}
    items = BulkItem.objects.filter(bulk__in=counts).order_by()
    for pk, state, count in items.values_list("bulk", "state").annotate(Count("pk")):
        counts[pk][state] = count
    return [Progress(bulk, counts[bulk.pk]) for bulk in shown]
