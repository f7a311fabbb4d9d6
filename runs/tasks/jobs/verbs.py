"""What a worker does with an item it has claimed, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard import feeds
from dashboard.audit import Actor
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import actions
from runs.models import Job, JobItem, Launch, Run
from runs.tasks.jobs.lease import Outcome, settle

State = JobItem.State
SENT_ONCE = (Job.Kind.RETRY, Job.Kind.LAUNCH)
"""Kinds whose item starts a run, through a `Launch` with the item's id; others can be repeated."""
PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=60)
GONE = "There is no such run here (any more)."
SEARCHED = "No answer came; the run is being looked for."


def actor(job: Job) -> Actor:
    """Who started the job: everything it does is theirs."""
    return Actor(job.user, job.options["by"], job.options["from"])


def carry_out(job: Job, item: JobItem) -> Outcome:
    """Act on an item, and write what came of it."""
    try:
        outcome = _act(job, item)
    except Exception as exc:
        defect = Outcome(State.FAILED, f"{type(exc).__name__} in Skydeck; see its log.")
        settle(item, looked_for() if job.kind in SENT_ONCE else defect)
        raise
    settle(item, outcome)
    return outcome


def _act(job: Job, item: JobItem) -> Outcome:
    starts_a_run = job.kind in SENT_ONCE
    try:
        return _launch(job, item) if job.kind == Job.Kind.LAUNCH else _treat(job, item)
    except errors.Unavailable as error:
        if starts_a_run and isinstance(error, errors.Unknown):
            return looked_for()
        # Nothing was started, or it can be repeated.
        return Outcome(State.WAITING, error.message, due_at=_due_at(error), fresh=starts_a_run)
    except errors.SkyvernError as error:
        return Outcome(State.FAILED, error.message)


def _launch(job: Job, item: JobItem) -> Outcome:
    assert job.workflow is not None  # noqa: S101 - `create_launches` always names one
    body = {"proxy_location": None, **job.options["request"]}
    request = RunRequest(**{**body, "workflow_id": job.workflow.pk, "parameters": item.parameters})
    entry = actions.launch(job.workflow, request, nonce=item.pk, actor=actor(job))
    return outcome_of(entry)


def _treat(job: Job, item: JobItem) -> Outcome:
    run = Run.objects.filter(pk=item.run_id).defer("raw", "words", "parameter_words").first()
    if run is None:
        return Outcome(State.FAILED, GONE)
    by = actor(job)
    if job.kind == Job.Kind.RETRY:
        actions.retry(run, actor=by, nonce=item.pk)
    elif job.kind == Job.Kind.TAG:
        add, remove = job.options["add"], job.options["remove"]
        actions.tag_runs([run.run_id], add=add, remove=remove, actor=by)
    elif run.status != "canceled":  # as it is when a killed worker had come so far
        actions.cancel(run, actor=by)
    return Outcome(State.DONE)


def outcome_of(launch: Launch) -> Outcome:
    """What a press that was sent before has come to. It is never sent again."""
    if launch.state == Launch.State.LAUNCHED:
        is_retry = "retry_of" in launch.request
        return Outcome(State.DONE, run_id="" if is_retry else launch.run_id)
    if launch.state == Launch.State.REJECTED:
        return Outcome(State.FAILED, launch.error)
    return looked_for()


def looked_for() -> Outcome:
    return Outcome(State.UNKNOWN, SEARCHED, due_at=timezone.now())


def down_until() -> datetime | None:
    """When the API is asked again, while it is known not to answer."""
    health = feeds.health()
    if health.state != "down":
        return None
    return health.retry_at or timezone.now() + PAUSE


def _due_at(error: errors.SkyvernError) -> datetime:
    asked = timedelta(seconds=error.retry_after or 0)
    soon = timezone.now() + min(max(PAUSE, asked), LONGEST_PAUSE)
    return max(soon, down_until() or soon)
