"""Running a schedule now: a launch with its parameters, beside its fires."""

from __future__ import annotations

from uuid import UUID

from dashboard.audit import Actor, record
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs.actions.launch import kept, launch
from runs.models import Launch
from schedules.models import Schedule


def run_now(schedule: Schedule, *, nonce: UUID, actor: Actor) -> tuple[Launch, bool]:
    """Start its agent as it would at a fire; and whether this press did, not an earlier one with
    the same nonce.

    It is no fire of the schedule, and the ledger does not take it for one. Errors as of `launch`;
    Rejected too if the nonce was used for something else.
    """
    request = request_of(schedule)
    first = not Launch.objects.filter(pk=nonce).exists()
    entry = launch(schedule.workflow, request, nonce=nonce, actor=actor)
    if entry.request != kept(request):
        raise errors.Rejected("It has changed since this page was opened. Look again and run it.")
    if first and entry.run_id:
        record(actor, "ran", schedule, detail=f"As {entry.run_id}, beside its fires.")
    return entry, first


def request_of(schedule: Schedule, **marks: str) -> RunRequest:
    """A launch as the schedule itself would do it; its metadata say of which schedule, and more."""
    # a scheduled run goes where the agent says, which a launch does only if told so
    return RunRequest(
        workflow_id=schedule.workflow_id,
        parameters=schedule.parameters,
        proxy_location=None,
        run_metadata={"schedule": schedule.pk, **marks},
    )
