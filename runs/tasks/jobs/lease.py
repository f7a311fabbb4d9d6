"""Items of jobs under leases: one worker at a time has one, and a killed worker's comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard import leases
from dashboard.models import Revision
from runs.mirror.writing import writing
from runs.models import Job, JobItem, Run

LEASE = timedelta(seconds=60)
ABSURD = 10 * LEASE
"""A lease or a wait that ends later than this was written under a clock that has jumped since."""
MOST_AT_WORK = 4
"""Items at work together, over all jobs and processes: refreshes need API and worker too."""
MOST_TRIES = 8
"""An item that came to nothing that often fails, with what was said last.

The pauses between the tries (`verbs.PAUSE`) make them last a quarter of an hour. Nothing is tried
while the API is known to be down, so an outage, however long, uses up one or two of them: what is
given up was refused again and again by a Skyvern that answered everything else.
"""
GIVEN_UP = "Given up after {} tries. {}"

State = JobItem.State
LOOKED_FOR = Q(state=State.UNKNOWN, lease_until__isnull=False)
"""Of the items that are not known, those that may still be: one given up has no time to look at."""


@dataclass(frozen=True)
class Outcome:
    """What came of an item.

    WAITING: it came to nothing, and is tried again. `due_at`: when it is taken up or looked at
    again. `fresh`: what was sent under its id surely started nothing, so that it gets another id,
    which is the nonce of what it sends next.
    """

    state: str
    error: str = ""
    run_id: str = ""
    due_at: datetime | None = None
    fresh: bool = False


def free(now: datetime) -> Q:
    return leases.free(now, ABSURD)


def claim(job: Job) -> JobItem | None:
    """The job's next item, at work from now on; None if none is due or there is no room for it."""
    now = timezone.now()
    waiting = job.items.filter(free(now), state=State.WAITING).order_by("number")
    if not waiting.exists():
        return None
    with writing("jobs"):
        item = waiting.first()
        if item is None or not _has_room(job, now):
            return None
        mine = JobItem.objects.filter(pk=item.pk, state=State.WAITING, job__state=Job.State.RUNNING)
        item.state, item.lease_until = State.WORKING, now + LEASE
        if not mine.update(state=item.state, lease_until=item.lease_until, updated_at=now):
            return None
        Revision.bump("jobs")
    return item


def settle(item: JobItem, outcome: Outcome) -> bool:
    """Write what came of it; False if it is another worker's since, who writes it then."""
    tries = item.tries + (outcome.state == State.WAITING)
    if tries > item.tries and tries >= MOST_TRIES:
        outcome = Outcome(State.FAILED, GIVEN_UP.format(tries, outcome.error))
    changes: dict[str, Any] = {
        "state": outcome.state,
        "error": outcome.error,
        "lease_until": outcome.due_at,
        "tries": tries,
        "updated_at": timezone.now(),
    }
    if outcome.run_id:
        changes["run_id"] = outcome.run_id
    if outcome.fresh:
        changes["item_id"] = uuid4()
    same = JobItem.objects.filter(pk=item.pk, state=item.state, lease_until=item.lease_until)
    if not same.update(**changes):
        return False
    if (outcome.state, outcome.error) != (item.state, item.error):
        Revision.bump("jobs")
    return True


def expired() -> QuerySet[JobItem]:
    """Whose worker was killed, or is so slow that nobody waits for it any more."""
    now = timezone.now()
    at_work = JobItem.objects.filter(free(now), state=State.WORKING, job__ended_at=None)
    return at_work.select_related("job")


def _has_room(job: Job, now: datetime) -> bool:
    at_work = JobItem.objects.filter(
        state=State.WORKING, job__ended_at=None, lease_until__gt=now
    ).count()
    return at_work < MOST_AT_WORK and (job.kind != Job.Kind.LAUNCH or _live(job) < job.at_once)


def _live(job: Job) -> int:
    """How many runs of a launch job may be going on: what is not known counts too."""
    open_items = job.items.filter(LOOKED_FOR | Q(state=State.WORKING)).count()
    launched = job.items.filter(state=State.DONE).values("run_id")
    return open_items + Run.objects.live().filter(run_id__in=launched).count()
