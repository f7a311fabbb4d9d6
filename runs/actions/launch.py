"""Starting a run of an agent: exactly one POST for one press of the button."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.skyvern import errors, schema
from dashboard.skyvern.schema import RunRequest
from runs.actions.claim import carry_out, refusals_recorded
from runs.models import Launch, Workflow


def launch(workflow: Workflow, request: RunRequest, *, nonce: UUID, actor: Actor) -> Launch:
    """Start one run and mirror it. The same nonce never POSTs again: it gives the first press.

    The claim is committed before the POST, so a killed process leaves it CLAIMED for
    `settle_launches`; `sent_at` tells whether it came to the POST. `errors.Unknown`: a run may have
    been started; it is looked for. Any other SkyvernError: none was started that does work (a
    refusal can leave a failed one upstream).
    """
    entry, mine = Launch.objects.get_or_create(
        nonce=nonce,
        defaults={"user": actor.user, "workflow": workflow, "request": kept(request)},
    )
    if not mine:
        return entry
    with refusals_recorded(actor, "launched", workflow):
        carry_out(
            entry,
            lambda: _start(workflow, request),
            lambda run: record(actor, "launched", workflow, detail=f"As {run.run_id}."),
        )
    return entry


def _start(workflow: Workflow, request: RunRequest) -> schema.Run:
    if not workflow.can_launch:
        raise errors.Rejected("Skyvern no longer has this agent, so it cannot be launched.")
    return connect().start(request)


def kept(request: RunRequest) -> dict[str, Any]:
    """The body as it is remembered: of headers only the names, for their values are secrets."""
    body = request.body()
    for name in RunRequest.SECRET_FIELDS:
        if name in body:
            body[name] = dict.fromkeys(body[name], "")
    return body
