"""Which function answers which path; /v1/agents is /v1/workflows under another name."""

import re
from collections.abc import Callable
from typing import Any

from dashboard.sandbox import (
    account,
    artifacts,
    run_lists,
    runs,
    schedules,
    tags,
    timeline,
    uploads,
    webhooks,
    workflows,
)
from dashboard.sandbox.wire import RefusedError

type View = Callable[..., Any]

WITHOUT_KEY = frozenset({"/v1/version", "/api/v1/heartbeat"})

_TABLE: list[tuple[str, str, View]] = [
    ("GET", "/v1/version", account.get_version),
    ("GET", "/api/v1/heartbeat", account.heartbeat),
    ("GET", "/v1/workflows", workflows.list_workflows),
    ("POST", "/v1/workflows", workflows.create_workflow),
    ("GET", "/v1/workflows/runs", run_lists.list_workflow_runs),
    ("GET", "/v1/workflows/runs/{run_id}", runs.get_workflow_run),
    ("POST", "/v1/workflows/runs/{run_id}/retry", runs.retry_run),
    ("POST", "/v1/workflows/runs/{run_id}/continue", runs.resume_run),
    ("GET", "/v1/workflows/{wpid}", workflows.get_workflow),
    ("POST", "/v1/workflows/{wpid}/delete", workflows.delete_workflow),
    ("GET", "/v1/workflows/{wpid}/versions", workflows.list_versions),
    ("GET", "/v1/workflows/{wpid}/runs", run_lists.list_runs_of_workflow),
    ("GET", "/v1/workflows/{wpid}/schedules", schedules.list_of_workflow),
    ("POST", "/v1/workflows/{wpid}/schedules", schedules.create),
    ("GET", "/v1/workflows/{wpid}/schedules/{schedule_id}", schedules.read),
    ("PUT", "/v1/workflows/{wpid}/schedules/{schedule_id}", schedules.update),
    ("DELETE", "/v1/workflows/{wpid}/schedules/{schedule_id}", schedules.delete),
    ("POST", "/v1/workflows/{wpid}/schedules/{schedule_id}/enable", schedules.enable),
    ("POST", "/v1/workflows/{wpid}/schedules/{schedule_id}/disable", schedules.disable),
    ("POST", "/v1/workflows/{wpid}/schedules/{schedule_id}/cancel", schedules.cancel),
    ("GET", "/v1/schedules", schedules.list_all),
    ("POST", "/v1/run/workflows", runs.start_run),
    ("GET", "/v1/runs", run_lists.list_runs),
    ("POST", "/v1/runs/cancel", runs.cancel_runs),
    ("GET", "/v1/runs/{run_id}", runs.get_run),
    ("POST", "/v1/runs/{run_id}/cancel", runs.cancel_run),
    ("POST", "/v1/runs/{run_id}/retry_webhook", webhooks.replay),
    ("GET", "/v1/runs/{run_id}/tags", tags.get_tags),
    ("POST", "/v1/runs/{run_id}/tags", tags.change_tags),
    ("GET", "/v1/run-tags", tags.get_tags_of_runs),
    ("POST", "/v1/run-tags", tags.post_tags_of_runs),
    ("GET", "/v1/runs/{run_id}/timeline", timeline.get_timeline),
    ("GET", "/v1/runs/{run_id}/artifacts", artifacts.list_artifacts),
    ("GET", "/v1/artifacts/{artifact_id}", artifacts.get_artifact),
    ("GET", "/v1/artifacts/{artifact_id}/content", artifacts.get_content),
    ("GET", "/v1/artifacts/{artifact_id}/signed-url", artifacts.get_signed_url),
    ("GET", "/v1/browser_sessions", account.list_browser_sessions),
    ("GET", "/v1/browser_profiles", account.list_browser_profiles),
    ("GET", "/v1/credentials", account.list_credentials),
    ("POST", "/v1/upload_file", uploads.upload_file),
    ("GET", "/v1/folders", account.list_folders),
    ("GET", "/v1/tag-keys", account.list_tag_keys),
]
_ROUTES = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), view)
    for method, path, view in _TABLE
]


def resolve(method: str, path: str) -> tuple[View, dict[str, str]]:
    """The view and what its path names; RefusedError 404 or 405 if there is none."""
    plain = re.sub(r"^/v1/(run/)?agents(?=/|$)", r"/v1/\1workflows", path)
    allowed: list[str] = []
    for wanted, shape, view in _ROUTES:
        if found := shape.fullmatch(plain):
            if wanted == method:
                return view, found.groupdict()
            allowed.append(wanted)
    if allowed:
        raise RefusedError(405, "Method Not Allowed", {"Allow": allowed[0]})
    raise RefusedError(404, "Not Found")
