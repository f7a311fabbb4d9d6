"""What a launch can start from: an agent's earlier runs and launches, and presets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from dashboard.skyvern.schema import RunRequest
from runs import presets
from runs.models import Launch, Preset, Run, RunDetail, Workflow
from runs.parameters import read

SHOWN = 5
MOST_RETRIES = 20
"""A retry of a retry …: how far back its options are looked for."""


@dataclass(frozen=True)
class Source:
    """`request` is shaped as the body of a launch; None where the run's inputs are not known."""

    request: dict[str, Any] | None
    run_id: str = ""
    launch: Launch | None = None
    preset: Preset | None = None
    dropped: tuple[str, ...] = ()
    """Keys the agent no longer asks for."""
    drift: presets.Drift | None = None

    @property
    def has_headers(self) -> bool:
        return any(name in (self.request or {}) for name in RunRequest.SECRET_FIELDS)


def runs_of(workflow: Workflow) -> list[Run]:
    """Its newest runs."""
    return list(workflow.runs.newest().only("run_id", "status", "created_at")[:SHOWN])


def source(
    workflow: Workflow, user: User, *, run_id: str, preset: str, nonce: str
) -> Source | None:
    """The first of them that is one of this agent and may be seen."""
    return (
        inputs_of(workflow, run_id)
        or inputs_of_preset(workflow, user, preset)
        or inputs_of_launch(workflow, nonce)
    )


def inputs_of(workflow: Workflow, run_id: str) -> Source | None:
    """None unless it is a run of this agent."""
    run_id = run_id.replace("\0", "")
    if not run_id or not workflow.runs.filter(pk=run_id).exists():
        return None
    request = as_launched(run_id) or _as_read(run_id)
    if request is None:
        return Source(None, run_id=run_id)
    return _fitting(workflow, request, run_id=run_id)


def inputs_of_preset(workflow: Workflow, user: User, number: str) -> Source | None:
    if preset := presets.find(user, workflow, number):
        moved = presets.drift(preset, workflow)
        return _fitting(workflow, preset.request, preset=preset, drift=moved)
    return None


def inputs_of_launch(workflow: Workflow, nonce: str) -> Source | None:
    """What was typed for a launch that came to nothing; None unless it was one of this agent."""
    try:
        entry = workflow.launches.filter(pk=uuid.UUID(nonce)).first()
    except ValueError:
        return None
    if entry is None:
        return None
    if "retry_of" in entry.request:
        return inputs_of(workflow, str(entry.request["retry_of"]))
    return _fitting(workflow, entry.request, launch=entry)


def _fitting(workflow: Workflow, request: dict[str, Any], **where: Any) -> Source:
    asked = {parameter.key for parameter in read(workflow.parameters)}
    given = request.get("parameters")
    given = given if isinstance(given, dict) else {}
    return Source(
        {**request, "parameters": {key: given[key] for key in given if key in asked}},
        dropped=tuple(key for key in given if key not in asked),
        **where,
    )


def as_launched(run_id: str) -> dict[str, Any] | None:
    """What Skydeck itself sent for it, options and all.

    A retry is given what the run before it was given, though nothing of it is sent again.
    """
    for _ in range(MOST_RETRIES):
        entry = Launch.objects.filter(run_id=run_id).only("request").first()
        if entry is None:
            return None
        request: dict[str, Any] = entry.request
        if "retry_of" not in request:
            return request
        run_id = str(request["retry_of"])
    return None


def _as_read(run_id: str) -> dict[str, Any] | None:
    """Skyvern's own account has the parameters; of the options it echoes too few to trust."""
    found = RunDetail.objects.filter(pk=run_id).values_list("parameters", flat=True).first()
    return None if found is None else {"parameters": found}
