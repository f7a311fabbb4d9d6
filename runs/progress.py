"""How far a job has come: counted while it goes on, remembered once it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard import progress
from runs.models import Job, JobItem

State = JobItem.State


@dataclass(frozen=True)
class Progress(progress.Progress):
    job: Job
    drawn = (State.DONE, State.FAILED, State.UNKNOWN, State.WORKING)

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
        return self.count(State.DONE, State.FAILED)

    @property
    def unknown(self) -> int:
        return self.count(State.UNKNOWN)

    @property
    def left(self) -> int:
        return self.count(State.WAITING, State.WORKING)

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """(state, word, count) of those that there are."""
        there = [state for state in State if self.count(state)]
        return [(state.value, word(state, self.job), self.count(state)) for state in there]


def of(jobs: Iterable[Job]) -> list[Progress]:
    """The progress of each; one query for all that are still going on."""
    jobs = list(jobs)
    counts = {job.pk: job.options["counts"] for job in jobs if "counts" in job.options}
    going = [job.pk for job in jobs if job.pk not in counts]
    counts |= progress.counted(JobItem.objects.all(), "job", going)
    return [Progress(counts[job.pk], job) for job in jobs]


def word(state: str, job: Job) -> str:
    """What waits in an aborted job is not done, and never will be."""
    if state == State.WAITING and job.state == Job.State.ABORTED:
        return "Not done"
    return State(state).label
