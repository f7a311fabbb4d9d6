"""Small things a person picks from by name."""

from datetime import datetime

from msgspec import Struct

from dashboard.skyvern.schema.base import Upstream


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


class UploadedFile(Struct, frozen=True, kw_only=True):
    """Where an uploaded file lies; no `raw`, for its link is as good as a key."""

    s3_uri: str | None = None
    presigned_url: str | None = None


class Folder(Upstream, frozen=True, kw_only=True):
    folder_id: str
    title: str = ""


class TagKey(Upstream, frozen=True, kw_only=True):
    key: str
    description: str | None = None
    workflow_count: int | None = None
