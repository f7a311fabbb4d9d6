"""Which runs a person asked to see: read from the URL, written back to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q

from runs.models import Run, RunQuerySet

GROUPS: dict[str, str] = {"live": "Live", "failed": "Failed, terminated or timed out"}
TEXT_WINDOW = 5_000
RUN_ID = re.compile(r"[a-z]+(?:_[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class RunFilter:
    """Empty text means any. `status` is a group or one status, unknown ones included."""

    status: str = ""
    agent: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> RunFilter:
        def value(name: str) -> str:
            return query.get(name, "").replace("\0", "").strip()[:200]

        return cls(value("status"), value("agent"), value("q"))

    @property
    def is_empty(self) -> bool:
        return not (self.status or self.agent or self.text)

    def query(self, **more: str) -> str:
        """As a URL's query, with its question mark; '' where there is nothing to say."""
        parts = {"status": self.status, "agent": self.agent, "q": self.text, **more}
        written = urlencode({name: value for name, value in parts.items() if value})
        return f"?{written}" if written else "?"

    def without(self, name: str) -> RunFilter:
        return replace(self, **{name: ""})

    def apply(self, runs: RunQuerySet) -> Selection:
        runs = self._narrow(runs)
        if not self.text:
            return Selection(runs)
        if RUN_ID.fullmatch(self.text) and Run.objects.filter(pk=self.text).exists():
            return Selection(runs.filter(pk=self.text))
        return _search(runs, self.text)

    def _narrow(self, runs: RunQuerySet) -> RunQuerySet:
        """By one equality each: SQLite takes no index for IN with an order."""
        if self.status in GROUPS:
            runs = runs.filter(phase=self.status)
        elif self.status:
            runs = runs.filter(status=self.status)
        if self.agent:
            runs = runs.filter(workflow_id=self.agent)
        return runs


@dataclass(frozen=True)
class Selection:
    runs: RunQuerySet
    searched_back_to: datetime | None = None
    """Set where text was looked for in the newest TEXT_WINDOW runs only."""


def _search(runs: RunQuerySet, text: str) -> Selection:
    """Reading every title and reason takes seconds with a million runs, so it is bounded."""
    edge = runs.newest().values_list("created_at", flat=True)[TEXT_WINDOW : TEXT_WINDOW + 1].first()
    if edge is not None:
        runs = runs.filter(created_at__gt=edge)
    found = runs.filter(
        Q(run_id__startswith=text) | Q(title__icontains=text) | Q(failure_reason__icontains=text)
    )
    return Selection(found, edge)
