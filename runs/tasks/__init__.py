"""The refreshes of workflows and runs, as Celery tasks: each claims its work, calls, ends.

Running one twice, or in two workers at once, is the same as running it once.
"""

from __future__ import annotations

import logging

from celery import shared_task

from dashboard import feeds
from dashboard.skyvern.errors import SkyvernError
from runs.alerts import gathering, raising
from runs.files import store
from runs.models import Run
from runs.tasks import details, history, jobs, keeping, launches, live, newest, stuck, workflows

log = logging.getLogger(__name__)

LAUNCH_MORE = 5.0
"""Seconds after which the beat has a job's next launches sent anyway."""


@shared_task
def refresh_live() -> None:
    """What became of the runs that are going on; costs no call when none is."""
    if Run.objects.live().exists():
        with feeds.claim("live") as lease:
            if lease:
                live.refresh(lease)
    if jobs.are_launching():
        work_jobs.apply_async(expires=LAUNCH_MORE)


@shared_task
def refresh_newest() -> None:
    """Runs that began since the last look."""
    with feeds.claim("newest") as lease:
        if lease:
            newest.refresh(lease)


@shared_task
def refresh_details() -> None:
    """Outputs, timeline and files of the runs that are watched or have just ended."""
    if not details.due():
        return
    with feeds.claim("details") as lease:
        if lease:
            details.refresh(lease)


@shared_task
def refresh_run(run_id: str) -> None:
    """One run, now and whole: a webhook told of it, or a person looks at it."""
    try:
        details.read(run_id)
    except SkyvernError as exc:
        log.warning("run %s was not read: %s", run_id, exc.message)


@shared_task
def refresh_workflows() -> None:
    """All agents, and which of them upstream deleted."""
    with feeds.claim("workflows") as lease:
        if lease:
            workflows.refresh(lease)


@shared_task
def walk_history() -> None:
    """The next few pages of the whole history: the first back-fill, later the healing."""
    with feeds.claim("history") as lease:
        if lease:
            history.walk(lease)


@shared_task
def settle_launches() -> None:
    """Find the run of each launch whose answer never came."""
    if not launches.open_launches().exists():
        return
    with feeds.claim("launches") as lease:
        if lease:
            launches.settle(lease)


@shared_task
def mark_stuck() -> None:
    """Mark the runs that go on far past their limit."""
    stuck.mark()


@shared_task
def work_jobs() -> None:
    """A slice of the bulk jobs; one more, behind what waits already, if there is more to do."""
    if jobs.work():
        work_jobs.delay()


@shared_task
def raise_alerts() -> None:
    """Hold what became of runs against the rules, and have people told of it."""
    raising.look()
    gathering.gather()


@shared_task
def forget_alerts() -> None:
    """Those of long ago."""
    gathering.forget()


@shared_task
def keep_files() -> None:
    """A slice of the files that are to be kept here."""
    keeping.work()


@shared_task
def tidy_files() -> None:
    """What is to be kept and was missed; what is kept too long, or does not match its row."""
    if not store.is_on():
        return
    with feeds.claim("evidence", asks_api=False) as lease:
        if lease:
            keeping.tidy(lease)
