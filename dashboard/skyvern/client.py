"""One method per endpoint of the Skyvern API.

Every method raises the errors of `dashboard.skyvern.errors`; reads are repeated after a passing
failure, changes never are. Ids are upstream's own (`wpid_…`, `wr_…`, `wfs_…`, `a_…`), `page`
counts from 1.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import IO, Any

from dashboard.skyvern import answers, errors, schema
from dashboard.skyvern.calls import path
from dashboard.skyvern.schedules import Schedules
from dashboard.skyvern.tags import Tags
from dashboard.skyvern.transport import ArtifactStream

NO_UPLOADS = "This Skyvern server keeps files on its own disk and takes only links."


class Skyvern(Schedules, Tags):
    """A Skyvern server as one organisation's key sees it; safe to share between threads."""

    # Workflows ---------------------------------------------------------------------------------

    def workflows(self, page: int = 1, page_size: int = 100) -> list[schema.Workflow]:
        """Newest version of each, with its whole definition."""
        return self._rows(schema.Workflow, path("workflows"), page=page, page_size=page_size)

    def workflow(self, wpid: str) -> schema.Workflow:
        return self._one(schema.Workflow, path("workflows", wpid))

    def workflow_versions(self, wpid: str) -> list[schema.Workflow]:
        """All saved versions; empty for an unknown id."""
        return self._rows(schema.Workflow, path("workflows", wpid, "versions"))

    # Runs, read --------------------------------------------------------------------------------

    def workflow_runs(
        self,
        page: int = 1,
        page_size: int = 100,
        *,
        status: Sequence[str] = (),
        search: str | None = None,
        error_code: str | None = None,
    ) -> list[schema.WorkflowRun]:
        """Newest first, over all workflows, with those that failed in setup."""
        return self._rows(
            schema.WorkflowRun,
            path("workflows", "runs"),
            page=page,
            page_size=page_size,
            status=status,
            search_key=search,
            error_code=error_code,
        )

    def runs_of_workflow(
        self,
        wpid: str,
        page: int = 1,
        page_size: int = 100,
        *,
        status: Sequence[str] = (),
        created_from: datetime | None = None,
        created_until: datetime | None = None,
    ) -> list[schema.WorkflowRun]:
        """Newest first, created at `created_from` or later and before `created_until` (aware)."""
        return self._rows(
            schema.WorkflowRun,
            path("workflows", wpid, "runs"),
            page=page,
            page_size=page_size,
            status=status,
            created_at_start=created_from,
            created_at_end=created_until,
        )

    def runs(
        self,
        page: int = 1,
        page_size: int = 100,
        *,
        status: Sequence[str] = (),
        search: str | None = None,
    ) -> list[schema.RunListItem]:
        """Newest first, runs of all types; `page` and `page_size` ≤ 100, `search` ≥ 3 letters."""
        return self._rows(
            schema.RunListItem,
            path("runs"),
            page=page,
            page_size=page_size,
            status=status,
            search_key=search,
        )

    def run(self, run_id: str) -> schema.Run:
        return self._one(schema.Run, path("runs", run_id))

    def workflow_run(self, run_id: str) -> schema.WorkflowRunDetail:
        """The richer answer of an undocumented route; Unsupported where the server lacks it."""
        return self._one(schema.WorkflowRunDetail, path("workflows", "runs", run_id))

    def timeline(self, run_id: str) -> list[schema.TimelineItem]:
        """Newest first; NotFound for a run that failed in setup."""
        return self._rows(schema.TimelineItem, path("runs", run_id, "timeline"))

    def artifacts(self, run_id: str, types: Sequence[str] = ()) -> list[schema.Artifact]:
        """All in one answer, so name the types; empty for an unknown run."""
        return self._rows(schema.Artifact, path("runs", run_id, "artifacts"), artifact_type=types)

    def artifact(
        self, artifact_id: str, range_header: str | None = None
    ) -> AbstractContextManager[ArtifactStream]:
        """The content as a stream; an impossible range is Rejected with status 416."""
        return self._http.stream(path("artifacts", artifact_id, "content"), range_header)

    # Runs, act ---------------------------------------------------------------------------------

    def start(self, request: schema.RunRequest) -> schema.Run:
        return self._change(schema.Run, "POST", path("run", "agents"), request.body())

    def cancel(self, run_id: str) -> None:
        """Also 'works' on a final run: nothing happens but its webhook, once more."""
        self._http.tell("POST", path("runs", run_id, "cancel"))

    def cancel_many(self, run_ids: Sequence[str]) -> schema.BulkCancel:
        """At most 100 ids; final runs are listed as cancelled."""
        body = {"run_ids": list(run_ids)}
        return self._change(schema.BulkCancel, "POST", path("runs", "cancel"), body)

    def retry(self, run_id: str) -> schema.Run:
        """A new run with the same inputs, which has a new id."""
        return self._change(schema.Run, "POST", path("workflows", "runs", run_id, "retry"))

    def resume(self, run_id: str) -> None:
        """Let a paused run go on; NotFound if it is not paused."""
        self._http.tell("POST", path("workflows", "runs", run_id, "continue"))

    def replay_webhook(self, run_id: str, url: str | None = None) -> schema.WebhookReplay:
        body = {"webhook_url": url} if url else None
        return self._change(
            schema.WebhookReplay, "POST", path("runs", run_id, "retry_webhook"), body
        )

    # Things to choose from -----------------------------------------------------------------------

    def browser_sessions(self) -> list[schema.BrowserSession]:
        """Those that are open now."""
        return self._rows(schema.BrowserSession, path("browser_sessions"))

    def browser_profiles(self) -> list[schema.BrowserProfile]:
        return self._all(schema.BrowserProfile, path("browser_profiles"))

    def credentials(self) -> list[schema.Credential]:
        """Names and ids; nothing secret, and no user names, are kept of the answer."""
        return self._all(schema.Credential, path("credentials"))

    def upload_file(self, name: str, content: IO[bytes], content_type: str) -> schema.UploadedFile:
        """10 MB at most; a server that keeps files on its own disk is Unsupported."""
        file = (name, content, content_type)
        try:
            return self._http.send(
                "POST", path("upload_file"), partial(answers.one, schema.UploadedFile), file=file
            )
        except errors.Unknown as exc:
            # Upstream's own word for it: a plain 500 has no other mark to be told by.
            if "NotImplementedError" not in exc.message:
                raise
            raise errors.Unsupported(NO_UPLOADS, status=exc.status) from exc

    def folders(self) -> list[schema.Folder]:
        return self._all(schema.Folder, path("folders"))

    def tag_keys(self) -> list[schema.TagKey]:
        return self._rows(schema.TagKey, path("tag-keys"))

    def version(self) -> str | None:
        """Such as "1.0.56"; None if this server does not tell."""
        try:
            return self._http.get(path("version"), _version)
        except (errors.Unsupported, errors.NotFound):
            return None


def _version(found: Any) -> str | None:
    told = found.get("version") if isinstance(found, dict) else None
    return told if isinstance(told, str) else None
