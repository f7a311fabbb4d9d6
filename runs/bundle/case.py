"""What is known of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runs.annals import Event
from runs.evidence import Evidence, Shot
from runs.failure import Failure
from runs.inputs import Inputs
from runs.models import Artifact, Note, Run, RunDetail
from runs.timeline import Timeline

LOG = "browser_console_log"


@dataclass(frozen=True)
class Case:
    """All that is known here, read before the first byte is sent: no query can break the zip."""

    run: Run
    detail: RunDetail | None
    timeline: Timeline
    why: Failure | None
    failing: Shot | None
    files: Evidence
    logs: list[Artifact]
    """Of the browser's console, newest first."""
    inputs: Inputs
    tags: list[str]
    retried_from: str
    retried_as: list[str]
    notes: list[Note]
    note_count: int
    events: list[Event]
    by: str
    at: datetime

    @property
    def told(self) -> RunDetail:
        """The detail, or one that says nothing."""
        return self.detail or RunDetail()
