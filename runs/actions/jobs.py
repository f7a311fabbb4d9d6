"""The same verb for many runs, or many launches: made here, carried on by `runs.tasks.jobs`.

A job is rows. Whoever makes or moves one writes the rows, then wakes a worker; should that message
be lost, the beat finds the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import transaction
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Revision
from dashboard.skyvern.schema import RunRequest
from runs.models import Job, JobItem, Run, RunQuerySet, Workflow

MOST_ITEMS = 100_000
CHUNK = 500
WORK = "runs.tasks.work_jobs"


def applicable(kind: str, runs: RunQuerySet) -> RunQuerySet:
    """Those of the runs that the verb can do something to."""
    present = runs.filter(missing_at=None)
    if kind == Job.Kind.CANCEL:
        return present.live()
    of_agents = present.filter(run_id__startswith="wr_")
    if kind == Job.Kind.RETRY:
        return of_agents.filter(workflow__isnull=False).exclude(phase=Run.Phase.LIVE)
    return of_agents


def create_for_runs(
    kind: str,
    run_ids: Iterable[str],
    *,
    actor: Actor,
    options: dict[str, Any] | None = None,
    nonce: UUID | None = None,
) -> Job:
    """A job over these runs, in this order; the same nonce gives the job that it made before.

    `options` of a tag job: {"add": [label, …], "remove": [label, …]}.
    """
    ids = list(dict.fromkeys(run_ids))[:MOST_ITEMS]
    return _create(
        nonce,
        actor,
        f"{kind} of {len(ids):,} runs.",
        [{"run_id": run_id} for run_id in ids],
        kind=kind,
        state=Job.State.RUNNING,
        options=options or {},
    )


def create_for_filter(
    kind: str,
    query: str,
    *,
    below: int,
    actor: Actor,
    options: dict[str, Any] | None = None,
    nonce: UUID | None = None,
) -> Job:
    """A job over all runs that match `query` (of a URL) and have a place below `below`.

    That is what freezes the filter: a run created later has a higher place. The runs are collected
    by the worker, MOST_ITEMS at most, the newest first.
    """
    return _create(
        nonce,
        actor,
        f"{kind} of all runs that match {query or 'anything'}.",
        [],
        kind=kind,
        query=query,
        below=below,
        options=options or {},
    )


def create_launches(
    workflow: Workflow,
    rows: list[dict[str, Any]],
    *,
    request: dict[str, Any],
    at_once: int,
    digest: str,
    actor: Actor,
    nonce: UUID | None = None,
) -> Job:
    """A job that launches `workflow` once a row, `at_once` (≥ 1) of its runs being live together.

    `rows` are parameters by key, already checked; `request` is what all have in common: the body
    of a `RunRequest` without `workflow_id` and `parameters`. It is kept, so headers, whose values
    are secrets, are refused with a ValueError. `digest` is the SHA-256 of the file in hex. The
    same nonce gives the job that it made before.
    """
    secret = [name for name in RunRequest.SECRET_FIELDS if request.get(name)]
    if secret:
        raise ValueError(f"a job must not keep {', '.join(secret)}")
    return _create(
        nonce,
        actor,
        f"{len(rows):,} launches of {workflow}.",
        [{"parameters": row} for row in rows],
        kind=Job.Kind.LAUNCH,
        state=Job.State.RUNNING,
        workflow=workflow,
        options={"request": request},
        at_once=max(1, at_once),
        digest=digest,
    )


def repeat_failed(job: Job, *, actor: Actor, nonce: UUID) -> Job:
    """A new job of the same kind from the items that failed."""
    failed = job.items.filter(state=JobItem.State.FAILED).order_by("number")
    if job.workflow is None:
        ids = failed.values_list("run_id", flat=True).iterator(chunk_size=CHUNK)
        return create_for_runs(job.kind, ids, actor=actor, options=job.verb_options, nonce=nonce)
    return create_launches(
        job.workflow,
        list(failed.values_list("parameters", flat=True)),
        request=job.options["request"],
        at_once=job.at_once,
        digest=job.digest,
        actor=actor,
        nonce=nonce,
    )


def pause(job: Job, *, actor: Actor) -> bool:
    """Take up no further item; those at work end. Whether the job was going on."""
    return _move(job, "paused", (Job.State.FILLING, Job.State.RUNNING), Job.State.PAUSED, actor)


def resume(job: Job, *, actor: Actor) -> bool:
    """Go on where it was paused, with the collecting too."""
    to = Job.State.RUNNING if job.below is None else Job.State.FILLING
    return _move(job, "resumed", (Job.State.PAUSED,), to, actor)


def abort(job: Job, *, actor: Actor) -> bool:
    """Take up no further item, for good: what waits is never done, what is at work ends."""
    going = (Job.State.FILLING, Job.State.RUNNING, Job.State.PAUSED)
    return _move(job, "aborted", going, Job.State.ABORTED, actor)


def look_again(nonces: Iterable[UUID]) -> None:
    """The runs that these launches were matched with are others': what is known of theirs is open.

    A job that had ended goes on for it.
    """
    done = JobItem.objects.filter(pk__in=nonces, state=JobItem.State.DONE)
    for item in done.select_related("job"):
        item.state, item.error, item.lease_until = JobItem.State.UNKNOWN, "", timezone.now()
        item.run_id = "" if item.job.kind == Job.Kind.LAUNCH else item.run_id
        item.save(update_fields=["state", "error", "lease_until", "run_id", "updated_at"])
        _reopen(item.job)
        Revision.bump("jobs")


def _reopen(job: Job) -> None:
    if job.is_over:
        job.state = Job.State.RUNNING if job.state == Job.State.DONE else job.state
        job.ended_at = None
        job.options.pop("counts", None)
        job.save(update_fields=["state", "ended_at", "options"])


def _create(
    nonce: UUID | None, actor: Actor, what: str, rows: list[dict[str, Any]], **fields: Any
) -> Job:
    """Write job and items in one transaction, unless the nonce has made a job already."""
    fields["options"] |= {"by": actor.name, "from": actor.address}
    with transaction.atomic():
        job, is_new = Job.objects.get_or_create(
            pk=nonce or uuid4(), defaults={"user": actor.user, **fields}
        )
        if is_new:
            numbered = (JobItem(job=job, number=n, **row) for n, row in enumerate(rows, 1))
            JobItem.objects.bulk_create(numbered, batch_size=CHUNK)
            record(actor, "started", job, detail=what)
            Revision.bump("jobs")
            wake()
    return job


def _move(job: Job, verb: str, given: tuple[str, ...], to: str, actor: Actor) -> bool:
    with transaction.atomic():
        if not Job.objects.filter(pk=job.pk, state__in=given).update(state=to):
            return False
        record(actor, verb, job)
        Revision.bump("jobs")
        wake()
    return True


def wake() -> None:
    """Have a worker look, once what is written here is committed."""
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    current_app.tasks[WORK].delay()
