"""What the Skyvern API sends and takes, as frozen structs.

Every field but the id is optional: older servers lack fields that newer ones have. Fields that
are not named here survive in `raw`, statuses and enum values are plain strings. Times come
mostly without a zone and mean UTC; here every time is aware, in UTC.
"""

from dashboard.skyvern.schema.base import Json, Upstream, read
from dashboard.skyvern.schema.choices import (
    BrowserProfile,
    BrowserSession,
    Credential,
    Folder,
    TagKey,
    UploadedFile,
)
from dashboard.skyvern.schema.runs import (
    STATUSES,
    Artifact,
    BulkCancel,
    DownloadedFile,
    Run,
    RunListItem,
    RunRequest,
    TimelineItem,
    WebhookReplay,
    WorkflowRun,
    WorkflowRunDetail,
)
from dashboard.skyvern.schema.schedules import (
    Schedule,
    ScheduleDetail,
    SchedulePage,
    ScheduleRequest,
)
from dashboard.skyvern.schema.tags import Tag
from dashboard.skyvern.schema.workflows import (
    Parameter,
    Workflow,
)

__all__ = [
    "STATUSES",
    "Artifact",
    "BrowserProfile",
    "BrowserSession",
    "BulkCancel",
    "Credential",
    "DownloadedFile",
    "Folder",
    "Json",
    "Parameter",
    "Run",
    "RunListItem",
    "RunRequest",
    "Schedule",
    "ScheduleDetail",
    "SchedulePage",
    "ScheduleRequest",
    "Tag",
    "TagKey",
    "TimelineItem",
    "UploadedFile",
    "Upstream",
    "WebhookReplay",
    "Workflow",
    "WorkflowRun",
    "WorkflowRunDetail",
    "read",
]
