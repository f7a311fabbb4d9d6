"""Schedules as listed and as told one by one, and the order to make or replace one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import force_setattr

from dashboard.skyvern.schema.base import Json, Upstream, utc


class Schedule(Upstream, frozen=True, kw_only=True):
    """Cron, interval (`interval_seconds`) or one-time (`run_at`); `next_run` only in the list."""

    workflow_schedule_id: str
    workflow_permanent_id: str | None = None
    workflow_title: str | None = None
    name: str | None = None
    description: str | None = None
    cron_expression: str | None = None
    timezone: str = "UTC"
    interval_seconds: int | None = None
    first_fire_at: datetime | None = None
    run_at: datetime | None = None
    dispatch_status: str | None = None
    workflow_run_id: str | None = None
    enabled: bool = True
    parameters: Json | None = None
    next_run: datetime | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    deleted_at: datetime | None = None


class ScheduleDetail(Struct, frozen=True, kw_only=True):
    schedule: Schedule
    next_runs: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        force_setattr(self, "next_runs", [at for each in self.next_runs if (at := utc(each))])


class SchedulePage(Struct, frozen=True, kw_only=True):
    schedules: list[Schedule]
    total_count: int


class ScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of creating or replacing a schedule. A PUT clears what is not sent.

    Exactly one of `cron_expression`, `interval_seconds` (≥ 300) and `run_at` (aware).
    """

    timezone: str
    cron_expression: str | UnsetType = UNSET
    interval_seconds: int | UnsetType = UNSET
    first_fire_at: datetime | UnsetType = UNSET
    run_at: datetime | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    parameters: Mapping[str, Any] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET

    def body(self) -> Json:
        """The JSON object to send; times as ISO 8601 with an offset."""
        built: Json = msgspec.to_builtins(self)
        return built
