"""What all verbs share: a claimed press is sent once, and every refusal is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import models
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Activity
from dashboard.skyvern import errors, schema
from runs import mirror
from runs.actions.jobs import look_again
from runs.mirror.writing import writing
from runs.models import Launch, Run

SEND_WITHIN = timedelta(seconds=30)
"""What was claimed longer ago is not sent any more."""
NEVER_SENT = "Skydeck was interrupted before it sent this, so nothing was started."


@contextmanager
def refusals_recorded(actor: Actor, verb: str, target: models.Model) -> Iterator[None]:
    """Refusals and open outcomes go into the activity log before they go to the person."""
    try:
        yield
    except errors.SkyvernError as error:
        unknown = isinstance(error, errors.Unknown)
        result = Activity.Result.UNKNOWN if unknown else Activity.Result.REJECTED
        record(actor, verb, target, result=result, detail=error.message)
        raise


def carry_out(
    entry: Launch, post: Callable[[], schema.Run], record_run: Callable[[Run], object]
) -> Run:
    """Make the one POST that `entry` was claimed for; mirror and record the run it started.

    A killed process leaves the claim for `settle_launches`. `errors.Unknown`: a run may have been
    started; it is looked for. Any other SkyvernError: none was started that does work.
    """
    _note_sending(entry)
    seen_at = timezone.now()
    try:
        answer = post()
    except errors.SkyvernError as error:
        unknown = isinstance(error, errors.Unknown)
        state = Launch.State.UNKNOWN if unknown else Launch.State.REJECTED
        _settle(entry, state, error=error.message)
        raise
    with writing("runs"):
        run = mirror.save_run(answer, seen_at=seen_at)
        _take_back(run.run_id, entry)
        _settle(entry, Launch.State.LAUNCHED, run_id=run.run_id)
        mirror.save_launcher(run.run_id, entry.user_id)
        record_run(run)
    return run


def _note_sending(entry: Launch) -> None:
    """Commit that it is sent from here on, or do not send it: another has withdrawn it."""
    entry.sent_at = timezone.now()
    young = _unsent(entry.pk).filter(created_at__gt=entry.sent_at - SEND_WITHIN)
    if not young.update(sent_at=entry.sent_at):
        withdraw(entry.pk)
        raise errors.Unavailable(NEVER_SENT)


def withdraw(nonce: UUID) -> bool:
    """Make sure that a press is never sent; False if it was, or is settled already.

    Sending and withdrawing are each one conditional UPDATE of the same row, so that only one of
    them can succeed, however late a process that was thought dead goes on.
    """
    now = timezone.now()
    return bool(
        _unsent(nonce).update(state=Launch.State.REJECTED, error=NEVER_SENT, updated_at=now)
    )


def _unsent(nonce: UUID) -> models.QuerySet[Launch]:
    return Launch.objects.filter(pk=nonce, state=Launch.State.CLAIMED, sent_at=None)


def _take_back(run_id: str, entry: Launch) -> None:
    """An answer is worth more than a guess: whoever was matched with this run is open again."""
    guessed = Launch.objects.filter(run_id=run_id).exclude(pk=entry.pk)
    nonces = list(guessed.values_list("pk", flat=True))
    guessed.update(run_id="", state=Launch.State.UNKNOWN)
    look_again(nonces)


def _settle(entry: Launch, state: Launch.State, *, run_id: str = "", error: str = "") -> None:
    entry.state, entry.run_id, entry.error = state, run_id, error
    entry.save(update_fields=["state", "run_id", "error", "updated_at"])
