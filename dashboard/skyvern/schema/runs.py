"""Runs as the different routes tell of them, what they left behind, and the order to start one."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from dashboard.skyvern.schema.base import Json, Upstream

# The statuses the API is known to use, in the order of a run's life; others may come.
STATUSES = (
    "created",
    "queued",
    "running",
    "paused",
    "completed",
    "failed",
    "terminated",
    "timed_out",
    "canceled",
)


class WorkflowRun(Upstream, frozen=True, kw_only=True):
    """A row of `/v1/workflows/runs`: the only list that has reason, schedule and trigger."""

    workflow_run_id: str
    workflow_permanent_id: str | None = None
    workflow_title: str | None = None
    status: str = "unknown"
    failure_reason: str | None = None
    failure_category: list[Any] | None = None
    webhook_failure_reason: str | None = None
    trigger_type: str | None = None
    workflow_schedule_id: str | None = None
    retried_from_workflow_run_id: str | None = None
    parent_workflow_run_id: str | None = None
    attempt: int | None = None
    retry_pending: bool | None = None
    next_attempt_at: datetime | None = None
    max_elapsed_time_minutes: int | None = None
    created_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    modified_at: datetime | None = None


class RunListItem(Upstream, frozen=True, kw_only=True):
    """A row of `/v1/runs`: all run types, but neither reason nor schedule."""

    run_id: str
    task_run_type: str | None = None
    status: str = "unknown"
    title: str | None = None
    workflow_permanent_id: str | None = None
    workflow_deleted: bool | None = None
    trigger_type: str | None = None
    attempt: int | None = None
    retry_pending: bool | None = None
    next_attempt_at: datetime | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class DownloadedFile(Upstream, frozen=True, kw_only=True):
    filename: str | None = None
    artifact_id: str | None = None
    file_size: int | None = None
    checksum: str | None = None
    modified_at: datetime | None = None


class Run(Upstream, frozen=True, kw_only=True):
    """`GET /v1/runs/{id}`, and what starting or retrying a run answers."""

    run_id: str
    run_type: str | None = None
    status: str = "unknown"
    output: Any = None
    failure_reason: str | None = None
    errors: list[Any] | None = None
    downloaded_files: list[Json] | None = None
    step_count: int | None = None
    recording_archived: bool | None = None
    attempt: int | None = None
    retry_pending: bool | None = None
    next_attempt_at: datetime | None = None
    attempts: list[Json] | None = None
    run_request: Json | None = None
    browser_session_id: str | None = None
    created_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    modified_at: datetime | None = None


class WorkflowRunDetail(Upstream, frozen=True, kw_only=True):
    """`GET /v1/workflows/runs/{id}` (undocumented): also there for runs that failed in setup."""

    workflow_run_id: str
    workflow_id: str | None = None
    """Here a `wpid_…`, unlike in a list row."""
    workflow_title: str | None = None
    status: str = "unknown"
    failure_reason: str | None = None
    failure_category: list[Any] | None = None
    webhook_failure_reason: str | None = None
    retried_from_workflow_run_id: str | None = None
    retried_by_workflow_run_id: str | None = None
    attempt: int | None = None
    retry_pending: bool | None = None
    next_attempt_at: datetime | None = None
    attempts: list[Json] | None = None
    parameters: Json | None = None
    outputs: Any = None
    errors: list[Any] | None = None
    downloaded_files: list[Json] | None = None
    recording_archived: bool | None = None
    total_steps: int | None = None
    created_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    modified_at: datetime | None = None


class TimelineItem(Upstream, frozen=True, kw_only=True):
    """Newest first, nested by `children`; attempts of one run are mixed, see `attempt`."""

    type: str = "block"
    attempt: int | None = None
    block: Json | None = None
    thought: Json | None = None
    children: list[Json] | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


class Artifact(Upstream, frozen=True, kw_only=True):
    artifact_id: str
    artifact_type: str = "unknown"
    uri: str | None = None
    file_size: int | None = None
    run_id: str | None = None
    workflow_run_id: str | None = None
    workflow_run_block_id: str | None = None
    step_id: str | None = None
    task_id: str | None = None
    archived: bool | None = None
    created_at: datetime | None = None


class BulkCancel(Struct, frozen=True, kw_only=True):
    cancelled: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class WebhookReplay(Upstream, frozen=True, kw_only=True):
    """The API answers 200 even if the target failed: see `status_code` and `error`."""

    run_id: str | None = None
    target_webhook_url: str | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    error: str | None = None


class RunRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/run/agents`; what is UNSET is not sent.

    `proxy_location`: not sent means RESIDENTIAL, None means as the workflow says.
    """

    workflow_id: str
    parameters: Json | UnsetType = UNSET
    title: str | UnsetType = UNSET
    proxy_location: str | Json | UnsetType | None = UNSET
    webhook_url: str | UnsetType = UNSET
    totp_url: str | UnsetType = UNSET
    totp_identifier: str | UnsetType = UNSET
    browser_session_id: str | UnsetType = UNSET
    reuse_browser_session: bool | UnsetType = UNSET
    browser_profile_id: str | UnsetType = UNSET
    start_fresh_browser: bool | UnsetType = UNSET
    max_screenshot_scrolls: int | UnsetType = UNSET
    max_elapsed_time_minutes: int | UnsetType = UNSET
    extra_http_headers: dict[str, str] | UnsetType = UNSET
    cdp_connect_headers: dict[str, str] | UnsetType = UNSET
    browser_address: str | UnsetType = UNSET
    ai_fallback: bool | UnsetType = UNSET
    run_with: str | UnsetType = UNSET
    browser_type: str | UnsetType = UNSET
    file_ids: list[str] | UnsetType = UNSET
    run_metadata: dict[str, str] | UnsetType = UNSET

    SECRET_FIELDS: ClassVar[tuple[str, ...]] = ("extra_http_headers", "cdp_connect_headers")

    def body(self) -> Json:
        """The JSON object to send."""
        built: Json = msgspec.to_builtins(self)
        return built
