"""Workflows ("agents"): one version each, with its definition."""

from datetime import datetime
from typing import Any

from msgspec import field

from dashboard.skyvern.schema.base import Json, Upstream, read


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
        listed = (self.workflow_definition or {}).get("parameters")
        return [
            read(Parameter, item)
            for item in (listed if isinstance(listed, list) else ())
            if isinstance(item, dict)
            and item.get("parameter_type") == "workflow"
            and isinstance(item.get("key"), str)
        ]
