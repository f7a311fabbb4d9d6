"""When a server was busy with scheduled runs: by default it starts one at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from runs.models import Run
from runs.models.run import SPARSE, SPREAD, place_at

LOOKS = 60_000_000
"""The server looks each minute what is due, and then starts one: until it looks again, none."""
LONGEST_RUN = timedelta(hours=24)
"""A run that began earlier does not count as what the server was busy with."""


@dataclass(frozen=True)
class Slots:
    """Each scheduled run as the time in which no other could begin, in order; in microseconds.

    A run holds others up only until the next one begins: then it was not what they waited for,
    like one that goes on for ever because its server was killed.
    """

    begins: list[int]
    ends: list[int]
    busy_before: list[int]
    """How long it was busy until each of them began."""

    @classmethod
    def of(cls, runs: Iterable[tuple[int, int]]) -> Slots:
        """Of the begin and the end of each run, as `micros` has them."""
        told = sorted(runs)
        begins = [begin for begin, _ in told]
        nexts = [*begins[1:], max((end for _, end in told), default=0) + LOOKS]
        ends = [
            min(max(end, begin + LOOKS), after)
            for (begin, end), after in zip(told, nexts, strict=False)
        ]
        lengths = (end - begin for begin, end in zip(begins, ends, strict=True))
        return cls(begins, ends, list(accumulate(lengths, initial=0)))

    @classmethod
    def since(cls, first: datetime, now: datetime) -> Slots:
        """Of the mirrored runs: the last one that began before, and all that did later."""
        runs = Run.objects.filter(SPARSE["schedule_id"])
        told = runs.values_list("place", "duration_ms", "phase")
        place = place_at(first)
        before = told.filter(place__range=(place_at(first - LONGEST_RUN), place - 1))
        found = [*before.order_by("-place")[:1], *told.filter(place__gte=place)]
        return cls.of(
            (
                begin := at // SPREAD,
                micros(now) if phase == Run.Phase.LIVE else begin + (lasted or 0) * 1000,
            )
            for at, lasted, phase in found
        )

    def were_taken(self, begin: datetime, end: datetime) -> bool:
        """Whether it was busy for at least half of that time."""
        busy = self._busy_until(micros(end)) - self._busy_until(micros(begin))
        return 2 * busy >= micros(end) - micros(begin)

    def began_since(self, moment: datetime) -> bool:
        return bisect_left(self.begins, micros(moment)) < len(self.begins)

    def _busy_until(self, moment: int) -> int:
        before = bisect_right(self.begins, moment)
        if not before:
            return 0
        last = before - 1
        return self.busy_before[last] + min(self.ends[last], moment) - self.begins[last]


def micros(moment: datetime) -> int:
    """Since 1970; what the place of a run is made of."""
    return place_at(moment) // SPREAD
