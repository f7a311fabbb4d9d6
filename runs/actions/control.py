"""What people do to a run that exists: cancel, retry, let it go on, send its webhook again."""

from __future__ import annotations

import logging
from uuid import UUID

from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.skyvern import errors
from dashboard.skyvern.schema import WebhookReplay
from runs import mirror
from runs.actions.claim import carry_out, refusals_recorded
from runs.models import Launch, Run

log = logging.getLogger(__name__)


def cancel(run: Run, *, actor: Actor) -> None:
    """Ask a live run to stop. Its status flips at once; the step at work may still end."""
    with refusals_recorded(actor, "cancelled", run):
        if run.is_final:
            raise errors.Rejected("The run is already over, so there is nothing to cancel.")
        connect().cancel(run.run_id)
    record(actor, "cancelled", run)
    _read_again(run)


def resume(run: Run, *, actor: Actor) -> None:
    """Let a run that waits for a person go on."""
    with refusals_recorded(actor, "continued", run):
        if run.status != "paused":
            raise errors.Rejected("The run is not waiting for anyone, so it cannot be continued.")
        connect().resume(run.run_id)
    record(actor, "continued", run)
    _read_again(run)


def retry(run: Run, *, actor: Actor, nonce: UUID) -> Run:
    """Run it again with the same inputs, as a new run; the same nonce always gives the same one.

    `errors.Unknown`: the new run may have been started; it is never asked for twice.
    """
    with refusals_recorded(actor, "retried", run):
        if not run.is_retryable:
            raise errors.Rejected("Only a run of an agent that is over can be retried.")
        launch, mine = _claim(run, actor, nonce)
        if not mine:
            return _earlier(launch)
        return carry_out(
            launch,
            lambda: connect().retry(run.run_id),
            lambda new: record(actor, "retried", run, detail=f"As {new.run_id}."),
        )


def replay_webhook(run: Run, *, actor: Actor) -> WebhookReplay:
    """Have the run's webhook sent again to the address it was started with, once.

    The receiver's own refusal is not an error here: see `status_code` and `error`.
    """
    with refusals_recorded(actor, "replayed the webhook of", run):
        if run.is_live:
            raise errors.Rejected("The run is not over yet; its webhook is sent when it is.")
        answer = connect().replay_webhook(run.run_id)
    outcome = answer.error or f"The receiver answered {answer.status_code}."
    record(actor, "replayed the webhook of", run, detail=outcome)
    return answer


def _read_again(run: Run) -> None:
    """Mirror what the act made of the run; where that fails, the next refresh does it."""
    seen_at = timezone.now()
    try:
        mirror.save_run(connect().run(run.run_id), seen_at=seen_at)
    except errors.SkyvernError as error:
        log.warning("could not read %s after acting on it: %s", run.run_id, error.message)


def _claim(run: Run, actor: Actor, nonce: UUID) -> tuple[Launch, bool]:
    """The press this nonce stands for, and whether it is ours to carry out."""
    if run.workflow_id is None:
        raise errors.Rejected("The run's agent is not known here yet; try again in a moment.")
    return Launch.objects.get_or_create(
        nonce=nonce,
        defaults={
            "user": actor.user,
            "workflow_id": run.workflow_id,
            "request": {"retry_of": run.run_id},
        },
    )


def _earlier(launch: Launch) -> Run:
    if launch.state == Launch.State.LAUNCHED:
        return Run.objects.get(pk=launch.run_id)
    if launch.was_withdrawn:
        raise errors.Unavailable(launch.error)
    if launch.state == Launch.State.REJECTED:
        raise errors.Rejected(launch.error)
    raise errors.Unknown("This retry was sent already; its run appears as soon as it is found.")
