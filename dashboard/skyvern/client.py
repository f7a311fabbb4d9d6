"""One method per endpoint of the Skyvern API.

Every method raises the errors of `dashboard.skyvern.errors`; reads are repeated after a passing
failure, changes never are. Ids are upstream's own (`wpid_…`, `wr_…`, `wfs_…`, `a_…`), `page`
counts from 1.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Unpack
from urllib.parse import quote

from msgspec import Struct

from dashboard.skyvern import answers, errors, schema
from dashboard.skyvern.transport import ArtifactStream, Options, Transport

MOST_CHOICES = 1000


def path(*parts: str) -> str:
    """`/v1/a/b`; no part can be more than one segment, so an id never changes the route."""
    for part in parts:
        if not 0 < len(part) <= 200 or part in (".", "..") or "/" in part:
            raise errors.NotFound("Skyvern has nothing with such an id.")
    return "/v1/" + "/".join(quote(part, safe="", errors="replace") for part in parts)


def query(**values: Any) -> dict[str, Any]:
    """Query parameters without the ones that are not asked for; times as naive UTC."""

    def sent(value: Any) -> Any:
        if isinstance(value, datetime):  # the server drops an offset instead of applying it
            return value.astimezone(UTC).replace(tzinfo=None).isoformat()
        return value if isinstance(value, str | int) else list(value)

    return {name: sent(value) for name, value in values.items() if value not in (None, "")}


class Skyvern:
    """A Skyvern server as one organisation's key sees it; safe to share between threads."""

    def __init__(self, base_url: str, api_key: str, **options: Unpack[Options]) -> None:
        self._http = Transport(base_url, api_key, **options)

    def close(self) -> None:
        self._http.close()

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

    # Schedules ---------------------------------------------------------------------------------

    def schedules(
        self,
        page: int = 1,
        page_size: int = 100,
        status: str | None = None,
        search: str | None = None,
    ) -> schema.SchedulePage:
        """Newest first, over all workflows; `status` is `active` or `paused`."""
        asked = query(page=page, page_size=page_size, status=status, search=search)
        return self._http.get(path("schedules"), _schedule_page, **asked)

    def schedules_of_workflow(self, wpid: str) -> list[schema.Schedule]:
        """In no order, and without `next_run`."""
        return self._http.get(path("workflows", wpid, "schedules"), _schedules)

    def schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._one(schema.ScheduleDetail, path("workflows", wpid, "schedules", schedule_id))

    def create_schedule(self, wpid: str, request: schema.ScheduleRequest) -> schema.ScheduleDetail:
        return self._change(
            schema.ScheduleDetail, "POST", path("workflows", wpid, "schedules"), request.body()
        )

    def update_schedule(
        self, wpid: str, schedule_id: str, request: schema.ScheduleRequest
    ) -> schema.ScheduleDetail:
        """Replaces the whole: name, description and parameters that are not sent are cleared."""
        return self._change_schedule("PUT", wpid, schedule_id, body=request.body())

    def enable_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._change_schedule("POST", wpid, schedule_id, "enable")

    def disable_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        return self._change_schedule("POST", wpid, schedule_id, "disable")

    def cancel_schedule(self, wpid: str, schedule_id: str) -> schema.ScheduleDetail:
        """One-time schedules only; Unsupported before 1.0.56."""
        return self._change_schedule("POST", wpid, schedule_id, "cancel")

    def delete_schedule(self, wpid: str, schedule_id: str) -> None:
        route = path("workflows", wpid, "schedules", schedule_id)
        self._http.tell("DELETE", route)

    # Things to choose from -----------------------------------------------------------------------

    def browser_sessions(self) -> list[schema.BrowserSession]:
        """Those that are open now."""
        return self._rows(schema.BrowserSession, path("browser_sessions"))

    def browser_profiles(self) -> list[schema.BrowserProfile]:
        return self._all(schema.BrowserProfile, path("browser_profiles"))

    def credentials(self) -> list[schema.Credential]:
        """Names and ids; nothing secret, and no user names, are kept of the answer."""
        return self._all(schema.Credential, path("credentials"))

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

    # Shapes ------------------------------------------------------------------------------------

    def _one[T: Struct](self, kind: type[T], route: str) -> T:
        return self._http.get(route, partial(answers.one, kind))

    def _rows[T: Struct](self, kind: type[T], route: str, **asked: Any) -> list[T]:
        return self._http.get(route, partial(answers.rows, kind), **query(**asked))

    def _all[T: Struct](self, kind: type[T], route: str) -> list[T]:
        """Every page, up to MOST_CHOICES: nobody picks from more than that."""

        def counted(listed: Any) -> tuple[list[T], int]:
            return answers.rows(kind, listed), len(listed)

        found: list[T] = []
        for page in range(1, MOST_CHOICES // 100 + 1):
            good, sent = self._http.get(route, counted, page=page, page_size=100)
            found += good
            if sent < 100:
                break
        return found

    def _change[T: Struct](self, kind: type[T], method: str, route: str, body: Any = None) -> T:
        return self._http.send(method, route, partial(answers.one, kind), body)

    def _change_schedule(
        self, method: str, wpid: str, schedule_id: str, *verb: str, body: Any = None
    ) -> schema.ScheduleDetail:
        route = path("workflows", wpid, "schedules", schedule_id, *verb)
        return self._change(schema.ScheduleDetail, method, route, body)


def _listed(found: Any) -> Any:
    """The rows in an answer of schedules, which alone are wrapped in an object."""
    return found.get("schedules") if isinstance(found, dict) else None


def _schedules(found: Any) -> list[schema.Schedule]:
    return answers.rows(schema.Schedule, _listed(found))


def _schedule_page(found: Any) -> schema.SchedulePage:
    read = _schedules(found)
    total = found.get("total_count")
    known = isinstance(total, int) and total >= 0
    return schema.SchedulePage(schedules=read, total_count=total if known else len(read))


def _version(found: Any) -> str | None:
    told = found.get("version") if isinstance(found, dict) else None
    return told if isinstance(told, str) else None
