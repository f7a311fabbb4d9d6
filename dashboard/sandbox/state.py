"""Everything the sandbox remembers, and how it survives a restart."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

type Json = dict[str, Any]

ORGANIZATION = "o_600000000000000001"


class Workflow(Struct, kw_only=True):
    """One version of an agent."""

    wpid: str
    workflow_id: str
    version: int
    title: str
    description: str | None
    definition: Json
    settings: Json
    created_at: datetime
    modified_at: datetime
    deleted_at: datetime | None = None

    @property
    def parameters(self) -> list[Json]:
        """Those that a person is asked for."""
        return [p for p in self.definition["parameters"] if p["parameter_type"] == "workflow"]


class Tag(Struct, kw_only=True):
    key: str | None
    value: str
    set_at: datetime
    set_by: str
    source: str = "manual"


class Run(Struct, kw_only=True):
    """What was asked for and what happened from outside; the rest follows from the clock."""

    number: int
    run_id: str
    wpid: str
    workflow_id: str
    parameters: Json
    created_at: datetime
    request: Json = field(default_factory=dict)
    trigger: str = "api"
    schedule_id: str | None = None
    mishap: str | None = None
    """What goes wrong in this run of an agent that usually works (history only)."""
    setup_failure: str | None = None
    canceled_at: datetime | None = None
    resumed_at: datetime | None = None
    webhook_failure: str | None = None
    announced: list[str] = field(default_factory=list)
    """Ends that the webhook was already told of."""
    tags: list[Tag] = field(default_factory=list)
    """Those of people; the system's follow from the rest."""


class Schedule(Struct, kw_only=True):
    schedule_id: str
    wpid: str
    timezone: str
    enabled: bool
    created_at: datetime
    modified_at: datetime
    cron_expression: str | None = None
    interval_seconds: int | None = None
    first_fire_at: datetime | None = None
    run_at: datetime | None = None
    dispatch_status: str | None = None
    workflow_run_id: str | None = None
    parameters: Json | None = None
    name: str | None = None
    description: str | None = None
    polled_until: datetime
    """Fires up to here are done with, once and for all."""
    last_fired_at: datetime | None = None


class World(Struct, kw_only=True):
    workflows: list[Workflow] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    counter: int = 0
    advanced: float = 0.0
    """Seconds that the clock was moved forward by hand."""

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def next_id(self, prefix: str) -> str:
        return f"{prefix}_{identifier(self.next_number())}"

    def workflow(self, wpid: str, version: int | None = None) -> Workflow | None:
        """The newest version that is not deleted, or the one asked for."""
        found = [w for w in self.workflows if w.wpid == wpid and w.deleted_at is None]
        if version is not None:
            found = [w for w in found if w.version == version]
        return max(found, key=lambda w: w.version, default=None)

    def version_of(self, run: Run) -> Workflow:
        """The version that this run runs, deleted or not."""
        return next(w for w in self.workflows if w.workflow_id == run.workflow_id)

    def newest_versions(self) -> list[Workflow]:
        newest: dict[str, Workflow] = {}
        for workflow in self.workflows:
            if workflow.deleted_at is None:
                known = newest.get(workflow.wpid)
                if known is None or known.version < workflow.version:
                    newest[workflow.wpid] = workflow
        return list(newest.values())

    def newest_runs(self) -> list[Run]:
        return sorted(self.runs.values(), key=lambda r: (r.created_at, r.number), reverse=True)

    def save(self, path: Path) -> None:
        """Replace the file in one step, so that a kill leaves the old or the new one."""
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        draft.write_bytes(msgspec.json.encode(self))
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "World":
        return msgspec.json.decode(path.read_bytes(), type=cls)


def identifier(number: int, part: int = 0) -> str:
    """Eighteen digits, as upstream's snowflakes; `part` numbers what belongs to a run."""
    return f"6{number:09d}{part:08d}"
