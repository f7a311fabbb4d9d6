"""What a run was given: parameters with their types, and the options that were set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

from dashboard.skyvern.schema import RunRequest
from runs.models import Launch, Run, RunDetail
from runs.timeline.values import objects, text, words

MASK = "•••"
NOT_OPTIONS = ("parameters", "workflow_id", "agent_id", "title", "retry_of")


@dataclass(frozen=True)
class Input:
    name: str
    type: str
    value: Any

    @property
    def anchor(self) -> str:
        """Where it stands on the page; a name can be anything."""
        return f"input-{crc32(self.name.encode(errors='replace')):08x}"


@dataclass(frozen=True)
class Inputs:
    parameters: list[Input]
    options: list[Input]
    as_sent: bool
    """Whether this is what Skydeck sent, and not what Skyvern echoes of it."""

    def as_json(self) -> dict[str, Any]:
        return {
            "parameters": {item.name: item.value for item in self.parameters},
            "options": {item.name: item.value for item in self.options},
        }


def of_run(run: Run, detail: RunDetail | None, launch: Launch | None) -> Inputs:
    as_sent = launch is not None and "retry_of" not in launch.request
    echoed = detail.request if detail and isinstance(detail.request, dict) else {}
    request = masked(launch.request if launch is not None and as_sent else echoed)
    given = request.get("parameters") if as_sent else (detail.parameters if detail else {})
    definitions = objects(run.workflow.parameters) if run.workflow else []
    types = {text(item.get("key")): text(item.get("type")) for item in definitions}
    values = given if isinstance(given, dict) else {}
    return Inputs(
        parameters=[Input(key, types.get(key, ""), value) for key, value in values.items()],
        options=[
            Input(words(name), "", value)
            for name, value in request.items()
            if name not in NOT_OPTIONS and value not in (None, "", {}, [])
        ],
        as_sent=as_sent,
    )


def masked(request: dict[str, Any]) -> dict[str, Any]:
    """Header values are secrets: their names are enough to know what was sent."""
    return {
        name: _hidden(value) if name in RunRequest.SECRET_FIELDS else value
        for name, value in request.items()
    }


def _hidden(value: Any) -> Any:
    """What is no object has no names that could be told."""
    if isinstance(value, dict):
        return dict.fromkeys(value, MASK)
    return MASK if value else value
