"""The tags of runs, on servers that have them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dashboard.skyvern import answers, errors
from dashboard.skyvern.calls import Calls, path
from dashboard.skyvern.schema import Tag

MOST_RUNS = 200
"""Runs in one call, as the server allows."""
LONGEST_QUERY = 2000
"""Characters; many servers and proxies refuse an address of more than 4,000."""


class Tags(Calls):
    """Every method: Unsupported where the server is too old for tags, or has them turned off."""

    def tags(self, run_id: str) -> list[Tag]:
        """Those of one run, the system's too."""
        with _off_is_unsupported():
            return self._http.get(path("runs", run_id, "tags"), _tags)

    def tags_of_runs(self, run_ids: Sequence[str]) -> dict[str, list[Tag]]:
        """Run id → its tags, for MOST_RUNS ids at most; none for an unknown run."""
        route, ids = path("run-tags"), ",".join(run_ids)
        with _off_is_unsupported():
            if len(ids) <= LONGEST_QUERY:
                return self._http.get(route, _by_run, workflow_run_ids=ids)
            return self._http.send("POST", route, _by_run, {"workflow_run_ids": list(run_ids)})

    def change_tags(
        self, run_id: str, *, add: Sequence[Tag] = (), remove: Sequence[Tag] = ()
    ) -> list[Tag]:
        """All tags that the run has then. A tag takes the place of another with its key."""
        body = {
            "tags": [{"key": tag.key, "value": tag.value} for tag in add],
            "tags_to_delete": [
                {"key": tag.key} if tag.key else {"value": tag.value} for tag in remove
            ],
        }
        with _off_is_unsupported():
            return self._http.send("POST", path("runs", run_id, "tags"), _tags, body)


@contextmanager
def _off_is_unsupported() -> Iterator[None]:
    """An organization without tags is told 403, as if the key were at fault."""
    try:
        yield
    except errors.Forbidden as exc:
        if exc.status != 403 or exc.detail in answers.KEY_TROUBLE:
            raise
        raise errors.Unsupported(exc.message, status=exc.status, detail=exc.detail) from exc


def _tags(found: Any) -> list[Tag]:
    return answers.rows(Tag, found.get("tags") if isinstance(found, dict) else None)


def _by_run(found: Any) -> dict[str, list[Tag]]:
    listed = found.get("run_tags") if isinstance(found, dict) else None
    if not isinstance(listed, dict):
        raise errors.Unavailable("Skyvern answered something that is no list of tags.")
    return {run_id: answers.rows(Tag, tags) for run_id, tags in listed.items()}
