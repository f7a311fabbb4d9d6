"""How far a job has come: counted while it goes on, remembered once it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from runs.models import Job, JobItem

State = JobItem.State


@dataclass(frozen=True)
class Progress:
    job: Job
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def title(self) -> str:
        """ "Cancel 300 runs", "Launch Price feed 20 times"."""
        number, verb = self.total, self.job.get_kind_display()
        s = "" if number == 1 else "s"
        if self.job.kind == Job.Kind.LAUNCH:
            return f"{verb} {self.job.workflow} {number:,} time{s}"
        return f"{verb} runs" if self.job.below else f"{verb} {number:,} run{s}"

    @property
    def settled(self) -> int:
        """How many need nothing any more."""
        return self._count(State.DONE, State.FAILED)

    @property
    def done(self) -> int:
        return self._count(State.DONE)

    @property
    def failed(self) -> int:
        return self._count(State.FAILED)

    @property
    def unknown(self) -> int:
        return self._count(State.UNKNOWN)

    @property
    def left(self) -> int:
        return self._count(State.WAITING, State.WORKING)

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Segments of the bar: (state, where it starts, how wide it is), in percent."""
        found, start = [], 0.0
        for state in (State.DONE, State.FAILED, State.UNKNOWN, State.WORKING):
            if count := self._count(state):
                width = 100 * count / self.total
                found.append((state.value, start, width))
                start += width
        return found

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """(state, word, count) of those that there are."""
        return [
            (state.value, word(state, self.job), self.counts[state])
            for state in State
            if self.counts.get(state)
        ]

    def _count(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)


def of(jobs: Iterable[Job]) -> list[Progress]:
    """The progress of each; one query for all that are still going on."""
    jobs = list(jobs)
    counted: dict[UUID, dict[str, int]] = {job.pk: job.options.get("counts", {}) for job in jobs}
    going = [job.pk for job in jobs if "counts" not in job.options]
    if going:
        items = JobItem.objects.filter(job__in=going).order_by()
        for pk, state, count in items.values_list("job", "state").annotate(Count("pk")):
            counted[pk][state] = count
    return [Progress(job, counted[job.pk]) for job in jobs]


def word(state: str, job: Job) -> str:
    """What waits in an aborted job is not done, and never will be."""
    if state == State.WAITING and job.state == Job.State.ABORTED:
        return "Not done"
    return State(state).label
