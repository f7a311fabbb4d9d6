"""Starting a run of an agent: exactly one POST for one press of the button."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import mirror
from runs.models import Launch, Workflow


def launch(workflow: Workflow, request: RunRequest, *, nonce: UUID, actor: Actor) -> Launch:
    """Start one run and mirror it. The same nonce never POSTs again: it gives the first press.

    The claim is committed before the POST, so a killed process leaves it CLAIMED for
    `settle_launches`. `errors.Unknown`: a run may have been started; it is looked for. Any other
    SkyvernError: none was started that does work (a refusal can leave a failed one upstream).
    """
    entry, mine = Launch.objects.get_or_create(
        nonce=nonce,
        defaults={"user": actor.user, "workflow": workflow, "request": kept(request)},
    )
    if not mine:
        return entry
    seen_at = timezone.now()
    try:
        if not workflow.can_launch:
            raise errors.Rejected("Skyvern no longer has this agent, so it cannot be launched.")
        answer = connect().start(request)
    except errors.SkyvernError as error:
        _note_failure(entry, error, actor)
        raise
    with transaction.atomic():
        run = mirror.save_run(answer, seen_at=seen_at)
        _settle(entry, Launch.State.LAUNCHED, run_id=run.run_id)
        record(actor, "launched", workflow, detail=f"As {run.run_id}.")
    return entry


def kept(request: RunRequest) -> dict[str, Any]:
    """The body as it is remembered: of headers only the names, for their values are secrets."""
    body = request.body()
    for name in RunRequest.SECRET_FIELDS:
        if name in body:
            body[name] = dict.fromkeys(body[name], "")
    return body


def _note_failure(entry: Launch, error: errors.SkyvernError, actor: Actor) -> None:
    unknown = isinstance(error, errors.Unknown)
    result = Activity.Result.UNKNOWN if unknown else Activity.Result.REJECTED
    state = Launch.State.UNKNOWN if unknown else Launch.State.REJECTED
    with transaction.atomic():
        _settle(entry, state, error=error.message)
        record(actor, "launched", entry.workflow, result=result, detail=error.message)


def _settle(entry: Launch, state: Launch.State, *, run_id: str = "", error: str = "") -> None:
    entry.state, entry.run_id, entry.error = state, run_id, error
    entry.save(update_fields=["state", "run_id", "error", "updated_at"])
