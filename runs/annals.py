"""All that happened to a run here: who launched it, what people did to it, what came of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from dashboard.models import Activity
from runs import progress
from runs.models import Job, JobItem, Launch, Run

MOST = 50
SKEW = timedelta(days=1)
"""Nothing is done to a run before it is created, by clocks that may differ as much as this.

That keeps the log and the jobs from being read back to their beginning for a run of today.
"""
NOTED = "wrote a note on"
RETRIED = "retried"
SHARED = "shared"
UNSHARED = "revoked a share link of"
ACTS = {
    "cancelled": ("ban", "cancelled it"),
    "continued": ("circle-play", "let it go on"),
    RETRIED: ("rotate-ccw", "retried it"),
    "tagged": ("tag", "changed its tags"),
    "replayed the webhook of": ("webhook", "had its webhook sent again"),
    "deleted a note on": ("trash-2", "deleted a note on it"),
    "took the support bundle of": ("package", "took its support bundle"),
    SHARED: ("link", "made a share link"),
    UNSHARED: ("ban", "revoked a share link"),
}
"""Verb of the log → icon and the words for it beside its author's name."""
SOMEONE = "Someone"


@dataclass(frozen=True)
class Event:
    """One sentence, `who verb what`, of which `what` is a link."""

    at: datetime
    icon: str
    who: str
    verb: str
    what: str = ""
    link: str = ""
    result: str = ""
    """In a word, if it is not simply done."""
    detail: str = ""


def of_run(run: Run, launch: Launch | None) -> list[Event]:
    """Newest first, MOST at most; `launch` is the press that the run came from, with its user."""
    events = (*_acts(run), *_retries(run), *_beginning(run, launch), *_jobs(run, launch))
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST]


def _acts(run: Run) -> Iterator[Event]:
    """What the log has of it, but for what is told elsewhere with a link: notes and retries."""
    rows = Activity.objects.filter(target_type="run", target_id=run.pk)
    rows = rows.exclude(verb=NOTED).exclude(verb=RETRIED, result=Activity.Result.OK)
    for row in rows[:MOST]:
        icon, verb = ACTS.get(row.verb, ("activity", f"{row.verb} it"))
        result = "" if row.result == Activity.Result.OK else row.get_result_display()
        yield Event(row.at, icon, row.actor_name, verb, result=result, detail=row.detail)


def _retries(run: Run) -> Iterator[Event]:
    if run.workflow_id is None:
        return
    later = Launch.objects.filter(
        workflow_id=run.workflow_id, created_at__gte=run.created_at - SKEW
    )
    pressed = later.filter(request__retry_of=run.pk).exclude(run_id="").select_related("user")
    for one in pressed.defer("request")[:MOST]:
        yield _of_launch(one, "retried it as", one.run_id)


def _beginning(run: Run, launch: Launch | None) -> Iterator[Event]:
    pressed = launch.request.get("retry_of", "") if launch else ""
    original = str(pressed or run.retried_from_id)
    if launch and original:
        yield _of_launch(launch, "started it as a retry of", original)
    elif launch:
        yield _of_launch(launch, "launched it")
    elif original:
        yield Event(run.created_at, "rotate-ccw", "", "It is a retry of", original, _page(original))


def _of_launch(launch: Launch, verb: str, run_id: str = "") -> Event:
    who, icon = str(launch.user or SOMEONE), "rotate-ccw" if run_id else "rocket"
    return Event(launch.created_at, icon, who, verb, run_id, _page(run_id) if run_id else "")


def _page(run_id: str) -> str:
    return reverse("runs:run_detail", args=[run_id])


def _jobs(run: Run, launch: Launch | None) -> Iterator[Event]:
    """The jobs it was launched or acted on by, at the time when each was started."""
    items = JobItem.objects.select_related("job__user").defer("parameters")
    if launch:
        for item in items.filter(pk=launch.pk):
            yield _of_item(item, "started it with the job")
    for item in _acted_on(run, items):
        yield _of_item(item, "put it into the job")


def _acted_on(run: Run, items: QuerySet[JobItem]) -> QuerySet[JobItem]:
    """Launches are found by their nonce. That the id is not empty is what their index is of."""
    found = items.filter(run_id=run.pk, run_id__gt="").exclude(job__kind=Job.Kind.LAUNCH)
    return found.order_by("-job__created_at")[:MOST]


def _of_item(item: JobItem, verb: str) -> Event:
    job, is_done = item.job, item.state == JobItem.State.DONE
    return Event(
        job.created_at,
        "list-checks",
        str(job.user or SOMEONE),
        verb,
        str(job),
        job.get_absolute_url(),
        "" if is_done else progress.word(item.state, job),
        "" if is_done else item.error,
    )
