"""What a worker does with an item it has claimed, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import OperationalError
from django.utils import timezone

from dashboard import feeds
from dashboard.audit import Actor
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import actions
from runs.actions.claim import withdraw
from runs.models import Job, JobItem, Launch, Run
from runs.tasks.jobs.lease import Outcome, settle

State = JobItem.State
SENT_ONCE = (Job.Kind.RETRY, Job.Kind.LAUNCH)
"""Kinds whose item starts a run, through a `Launch` with the item's id; others can be repeated."""
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
"""Before the second try, and doubled before each one after it."""
GONE = "There is no such run here (any more)."
INTERRUPTED = "Skydeck was interrupted while it did this."
SEARCHED = "The run is being looked for."


def actor(job: Job) -> Actor:
    """Who started the job: everything it does is theirs."""
    return Actor(job.user, job.options["by"], job.options["from"])


def carry_out(job: Job, item: JobItem) -> Outcome:
    """Act on an item, and write what came of it."""
    try:
        outcome = _act(job, item)
    except Exception as exc:
        settle(item, interrupted(item, _of_defect(item, exc)))
        raise
    settle(item, outcome)
    return outcome


def _act(job: Job, item: JobItem) -> Outcome:
    starts_a_run = job.kind in SENT_ONCE
    try:
        return _launch(job, item) if job.kind == Job.Kind.LAUNCH else _treat(job, item)
    except errors.Unavailable as error:
        if starts_a_run and isinstance(error, errors.Unknown):
            return looked_for(error.message)
        # Nothing was started, or it can be repeated.
        due_at = _due_at(item, error.retry_after)
        return Outcome(State.WAITING, error.message, due_at=due_at, fresh=starts_a_run)
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


def _of_defect(item: JobItem, exc: Exception) -> Outcome:
    said = f"{type(exc).__name__} in Skydeck; see its log."
    if isinstance(exc, OperationalError):  # of the database, which may answer again
        return Outcome(State.WAITING, said, due_at=_due_at(item))
    return Outcome(State.FAILED, said)


def interrupted(item: JobItem, unsent: Outcome) -> Outcome:
    """What is known of an item that was left in the middle; `unsent` if it surely was not sent."""
    withdraw(item.pk)
    sent = Launch.objects.filter(pk=item.pk).first()
    if sent is None or sent.was_withdrawn:
        return replace(unsent, fresh=sent is not None)
    return outcome_of(sent)


def outcome_of(launch: Launch) -> Outcome:
    """What a press that was made before has come to. It is never sent again."""
    if launch.state == Launch.State.LAUNCHED:
        is_retry = "retry_of" in launch.request
        return Outcome(State.DONE, run_id="" if is_retry else launch.run_id)
    if launch.was_withdrawn:
        return Outcome(State.WAITING, INTERRUPTED, fresh=True)
    if launch.state == Launch.State.REJECTED:
        return Outcome(State.FAILED, launch.error)
    return looked_for("No answer came.")


def looked_for(said: str) -> Outcome:
    return Outcome(State.UNKNOWN, f"{said} {SEARCHED}".strip(), due_at=timezone.now())


def down_until() -> datetime | None:
    """When the API is asked again, while it is known not to answer."""
    health = feeds.health()
    if health.state != "down":
        return None
    return health.retry_at or timezone.now() + PAUSE


def _due_at(item: JobItem, asked: float | None = None) -> datetime:
    """When it is tried again; `asked` are the seconds that the server wants."""
    pause: timedelta = max(PAUSE * 2**item.tries, timedelta(seconds=asked or 0))
    soon = timezone.now() + min(pause, LONGEST_PAUSE)
    return max(soon, down_until() or soon)
