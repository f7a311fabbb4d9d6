"""What an agent's earlier runs were given, to start a launch from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from dashboard.skyvern.schema import RunRequest
from runs.models import Launch, Run, RunDetail, Workflow
from runs.parameters import read

SHOWN = 5


@dataclass(frozen=True)
class Source:
    """`request` is shaped as the body of a launch; None where the run's inputs are not known."""

    run_id: str
    request: dict[str, Any] | None
    dropped: tuple[str, ...] = ()
    """Keys the agent no longer asks for."""

    @property
    def has_headers(self) -> bool:
        return any(name in (self.request or {}) for name in RunRequest.SECRET_FIELDS)


def runs_of(workflow: Workflow) -> list[Run]:
    """Its newest runs."""
    return list(workflow.runs.newest().only("run_id", "status", "created_at")[:SHOWN])


def inputs_of(workflow: Workflow, run_id: str) -> Source | None:
    """None unless it is a run of this agent."""
    run_id = run_id.replace("\0", "")
    if not run_id or not workflow.runs.filter(pk=run_id).exists():
        return None
    request = _as_launched(run_id) or _as_read(run_id)
    return Source(run_id, None) if request is None else _fitting(workflow, run_id, request)


def inputs_of_launch(workflow: Workflow, nonce: str) -> Source | None:
    """What was typed for a launch that came to nothing; None unless it was one of this agent."""
    try:
        entry = workflow.launches.filter(pk=uuid.UUID(nonce)).first()
    except ValueError:
        return None
    if entry is None or "retry_of" in entry.request:
        return None
    return _fitting(workflow, "", entry.request)


def _fitting(workflow: Workflow, run_id: str, request: dict[str, Any]) -> Source:
    asked = {parameter.key for parameter in read(workflow.parameters)}
    given = request.get("parameters")
    given = given if isinstance(given, dict) else {}
    return Source(
        run_id,
        {**request, "parameters": {key: given[key] for key in given if key in asked}},
        tuple(key for key in given if key not in asked),
    )


def _as_launched(run_id: str) -> dict[str, Any] | None:
    """What Skydeck itself sent for it, options and all; a retry sends nothing of its own."""
    entry = Launch.objects.filter(run_id=run_id).first()
    if entry is None or "retry_of" in entry.request:
        return None
    request: dict[str, Any] = entry.request
    return request


def _as_read(run_id: str) -> dict[str, Any] | None:
    """Skyvern's own account has the parameters; of the options it echoes too few to trust."""
    found = RunDetail.objects.filter(pk=run_id).values_list("parameters", flat=True).first()
    return None if found is None else {"parameters": found}
