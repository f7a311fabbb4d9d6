"""How far bulks have come, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard import progress
from schedules.models import Bulk, BulkItem

State = BulkItem.State


@dataclass(frozen=True)
class Progress(progress.Progress):
    bulk: Bulk
    drawn = (State.DONE, State.SKIPPED, State.FAILED, State.WORKING)

    @property
    def title(self) -> str:
        undo = "Undo: " if self.bulk.undo_of_id else ""
        s = "" if self.total == 1 else "s"
        return f"{undo}{self.bulk.get_verb_display()} {self.total:,} schedule{s}"

    @property
    def settled(self) -> int:
        return self.count(State.DONE, State.SKIPPED, State.FAILED)

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """(state, word, count) of those that there are."""
        there = [state for state in State if self.count(state)]
        return [(state.value, word(state, self.bulk), self.count(state)) for state in there]


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
    counts = progress.counted(BulkItem.objects.all(), "bulk", [bulk.pk for bulk in shown])
    return [Progress(counts[bulk.pk], bulk) for bulk in shown]
