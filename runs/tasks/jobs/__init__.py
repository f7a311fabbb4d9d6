"""Carries the bulk jobs on: short slices of work, taking turns between the jobs."""

from __future__ import annotations

import time
from enum import Enum

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from dashboard.audit import record
from dashboard.models import Revision
from runs.models import Job, JobItem
from runs.tasks.jobs.filling import collect
from runs.tasks.jobs.lease import LOOKED_FOR, claim
from runs.tasks.jobs.slots import SLICES
from runs.tasks.jobs.unknown import release_expired, settle_unknown
from runs.tasks.jobs.verbs import actor, carry_out, down_until

SLICE = 5.0
"""Seconds after which a worker turns to what else is waiting."""
State = JobItem.State
OPEN = {
    Job.State.RUNNING: LOOKED_FOR | Q(state__in=(State.WAITING, State.WORKING)),
    Job.State.ABORTED: LOOKED_FOR | Q(state=State.WORKING),
}
"""A job is over when it has no such item."""


class Turn(Enum):
    DID = "did something"
    IDLE = "nothing to do now"
    DOWN = "the API does not answer"


def are_launching() -> bool:
    """Whether a run that ends may make room for the next launch."""
    return Job.objects.filter(kind=Job.Kind.LAUNCH, state=Job.State.RUNNING).exists()


def work() -> bool:
    """One slice, where there is room for it; whether more can be done at once."""
    if not Job.objects.filter(ended_at=None).exists():
        return False
    with SLICES.one() as is_free:
        return is_free and _work()


def _work() -> bool:
    release_expired()
    try:
        return down_until() is None and _slice()
    finally:
        for job in Job.objects.filter(ended_at=None, state__in=OPEN).select_related("user"):
            end(job)


def _slice() -> bool:
    settle_unknown()
    return _take_turns(stop=time.monotonic() + SLICE)


def _take_turns(*, stop: float) -> bool:
    """One item of each job in turn, so that a small job does not wait for a big one."""
    while time.monotonic() < stop:
        going = Job.objects.filter(state__in=(Job.State.FILLING, Job.State.RUNNING))
        turns = {_turn(job) for job in going.select_related("workflow", "user")}
        if Turn.DID not in turns or Turn.DOWN in turns:
            return False
    return True


def _turn(job: Job) -> Turn:
    if job.state == Job.State.FILLING:
        return Turn.DID if collect(job) else Turn.IDLE
    item = claim(job)
    if item is None:
        return Turn.IDLE
    return Turn.DOWN if carry_out(job, item).state == State.WAITING else Turn.DID


def end(job: Job) -> None:
    """Close the job if nothing of it is left to do, once."""
    if job.items.filter(OPEN[Job.State(job.state)]).exists():
        return
    counts = dict(job.items.order_by().values_list("state").annotate(count=Count("pk")))
    state = Job.State.DONE if job.state == Job.State.RUNNING else job.state
    with transaction.atomic():
        same = Job.objects.filter(pk=job.pk, state=job.state, ended_at=None)
        ended = same.update(
            state=state, ended_at=timezone.now(), options={**job.options, "counts": counts}
        )
        if ended:
            said = ", ".join(f"{counts[s]:,} {s.label.lower()}" for s in State if s in counts)
            record(actor(job), "ended", job, detail=f"{said or 'no runs'}.")
            Revision.bump("jobs")
