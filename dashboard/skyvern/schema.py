"""What the Skyvern API sends and takes, as frozen structs.

Every field but the id is optional: older servers lack fields that newer ones have. Fields that
are not named here survive in `raw`, statuses and enum values are plain strings. Times come
mostly without a zone and mean UTC; here every time is aware, in UTC.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import force_setattr

Json = dict[str, Any]


def utc(value: datetime) -> datetime | None:
    """The same instant in UTC; None for one that no calendar holds (year 0)."""
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        return None


class Upstream(Struct, frozen=True, kw_only=True):
    """One object of an answer; `raw` is that object exactly as it came."""

    raw: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                force_setattr(self, name, utc(value))


def read[T: Struct](kind: type[T], obj: Any) -> T:
    """Turn one decoded JSON object into `kind`; msgspec.ValidationError if it cannot be one.

    An optional field of a wrong type counts as not sent: one odd value must not hide a run.
    """
    if not isinstance(obj, dict):
        raise msgspec.ValidationError(f"expected an object, got {type(obj).__name__}")
    found = {**obj, "raw": obj}
    for name, part in _parts(kind):
        if name in found:
            found[name] = read(part, found[name])
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError:
        return msgspec.convert(_sound(kind, found), kind, strict=False)


@cache
def _parts(kind: type[Struct]) -> list[tuple[str, type[Upstream]]]:
    """The fields that are answers themselves, which need their own `raw`."""
    return [
        (each.encode_name, each.type)
        for each in msgspec.structs.fields(kind)
        if isinstance(each.type, type) and issubclass(each.type, Upstream)
    ]


def _sound(kind: type[Struct], found: Json) -> Json:
    """The fields whose values are of the right type."""
    kept = {}
    for each in msgspec.structs.fields(kind):
        if each.encode_name in found:
            try:
                msgspec.convert(found[each.encode_name], each.type, strict=False)
            except msgspec.ValidationError:
                continue
            kept[each.encode_name] = found[each.encode_name]
    return kept


class Parameter(Upstream, frozen=True, kw_only=True):
    """An input a run can be given; `default_value` None means it must be (credentials excepted)."""

    key: str
    type: str = field(name="workflow_parameter_type", default="string")
    description: str | None = None
    default_value: Any = None


class Workflow(Upstream, frozen=True, kw_only=True):
    workflow_permanent_id: str
    workflow_id: str | None = None
    title: str = ""
    version: int | None = None
    description: str | None = None
    status: str | None = None
    folder_id: str | None = None
    workflow_definition: Json | None = None
    proxy_location: Any = None
    webhook_callback_url: str | None = None
    max_elapsed_time_minutes: int | None = None
    max_screenshot_scrolls: int | None = None
    run_with: str | None = None
    created_at: datetime | None = None
    original_created_at: datetime | None = None
    modified_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def parameters(self) -> list[Parameter]:
        """Only the ones a person can be asked for, in the order of the definition."""
        listed = (self.workflow_definition or {}).get("parameters") or []
        return [
            read(Parameter, item)
            for item in listed
            if isinstance(item, dict) and item.get("parameter_type") == "workflow"
        ]


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


class BrowserSession(Upstream, frozen=True, kw_only=True):
    browser_session_id: str
    status: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None


class BrowserProfile(Upstream, frozen=True, kw_only=True):
    browser_profile_id: str
    name: str | None = None
    description: str | None = None


class Credential(Struct, frozen=True, kw_only=True):
    """A name to pick by. No `raw`: the answer holds user names, which must not be kept."""

    credential_id: str
    name: str = ""
    credential_type: str | None = None


class Folder(Upstream, frozen=True, kw_only=True):
    folder_id: str
    title: str = ""


class TagKey(Upstream, frozen=True, kw_only=True):
    key: str
    description: str | None = None
    workflow_count: int | None = None


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
    proxy_location: str | Json | None | UnsetType = UNSET
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
    run_metadata: dict[str, str] | UnsetType = UNSET

    SECRET_FIELDS: ClassVar[tuple[str, ...]] = ("extra_http_headers", "cdp_connect_headers")

    def body(self) -> Json:
        """The JSON object to send."""
        built: Json = msgspec.to_builtins(self)
        return built


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
