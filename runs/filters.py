"""Which runs a person asked to see: read from the URL, written back to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from runs.models import RunQuerySet
from runs.selection import Condition, Selection

GROUPS: dict[str, str] = {"live": "Live", "failed": "All failures"}
ONLY = {"failed_only": "failed"}
"""The status that has the name of a group, which it is a part of."""
SPANS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
DAY = timedelta(days=1)
URL_NAMES = {"text": "q", "since": "from", "until": "to"}
COLUMNS = {
    "failure": "failure_group_id",
    "schedule": "schedule_id",
    "error": "error_code",
    "by": "launched_by_id",
    "agent": "workflow_id",
    "category": "category",
}
"""Filter → column; those first that leave the fewest runs."""
SECONDS = re.compile(r"[0-9]{1,9}")
LONGEST = 200
"""Characters of a value that are read."""


@dataclass(frozen=True)
class RunFilter:
    """Empty means any. `status` is a group or one status, unknown ones too; "!" before it: not.

    `last` is a key of SPANS and stays relative; `since` and `until` are times of the viewer's zone
    as a form sends them; `longer` and `shorter` are seconds of a run that ended; `by` is a user's
    id, `failure` that of a group of failures. A value that cannot be read is told of in `problems`
    and filters nothing.
    """

    status: str = ""
    agent: str = ""
    schedule: str = ""
    trigger: str = ""
    error: str = ""
    category: str = ""
    failure: str = ""
    tag: str = ""
    by: str = ""
    last: str = ""
    since: str = ""
    until: str = ""
    longer: str = ""
    shorter: str = ""
    text: str = ""
    problems: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> RunFilter:
        values = {
            name: query.get(URL_NAMES.get(name, name), "").replace("\0", "").strip()[:LONGEST]
            for name in NAMES
        }
        problems = {
            name: sentence
            for name, (is_right, sentence) in CHECKS.items()
            if values[name] and not is_right(values[name])
        }
        return cls(**values, problems=problems)

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name in NAMES if (value := getattr(self, name))}

    @property
    def is_empty(self) -> bool:
        return not self.given

    def query(self, **more: str) -> str:
        """As a URL's query, with its question mark; "?" where there is nothing to say."""
        given = {URL_NAMES.get(name, name): value for name, value in self.given.items()}
        return "?" + urlencode({name: value for name, value in {**given, **more}.items() if value})

    def without(self, name: str) -> RunFilter:
        return replace(self, **{name: ""})  # type: ignore[arg-type]  # names of text fields

    @property
    def starts_at(self) -> datetime | None:
        """The instant (UTC) the range begins with if it is looked at now.

        Of a day or more it is a full hour, as of the hourly figures: so that a number on another
        page and the runs that it leads to are the same.
        """
        if self._valid("last"):
            began, span = timezone.now() - SPANS[self.last], SPANS[self.last]
            return began if span < DAY else began.replace(minute=0, second=0, microsecond=0)
        return moment(self._valid("since"))

    @property
    def ends_at(self) -> datetime | None:
        return moment(self._valid("until"))

    def select(self) -> Selection:
        return Selection(
            conditions=tuple(self._conditions()),
            tag=self.tag,
            text=self.text,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )

    def every(self, runs: RunQuerySet) -> RunQuerySet:
        """All of these runs that match, newest first, however long it takes to find them."""
        return self.select().every(runs)

    def _conditions(self) -> list[Condition]:
        found = [
            Condition(column, value)
            for name, column in COLUMNS.items()
            if (value := self._valid(name))
        ]
        if self.status:
            value = self.status.removeprefix("!")
            column = "phase" if value in GROUPS else "status"
            negated = self.status.startswith("!")
            found.append(Condition(column, ONLY.get(value, value), negated=negated))
        if self.trigger:
            found.append(Condition("trigger_type", self.trigger))
        for name, lookup in (("longer", "gte"), ("shorter", "lte")):
            if value := self._valid(name):
                found.append(Condition("duration_ms", int(value) * 1000, lookup))
        return found

    def _valid(self, name: str) -> str:
        return "" if name in self.problems else str(getattr(self, name))


def moment(text: str) -> datetime | None:
    """A time as a datetime-local input sends it, in the viewer's zone; or one with a zone."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or not MINYEAR < found.year < MAXYEAR:  # those have days in other zones only
        return None
    local = timezone.make_aware(found) if timezone.is_naive(found) else found
    return local.astimezone(UTC)


CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "failure": (lambda text: SECONDS.fullmatch(text) is not None, "There is no such failure."),
    "by": (lambda text: SECONDS.fullmatch(text) is not None, "Nobody here is called that."),
    "last": (lambda text: text in SPANS, f"Choose one of {', '.join(SPANS)}."),
    "since": (lambda text: moment(text) is not None, "Write a date and time."),
    "until": (lambda text: moment(text) is not None, "Write a date and time."),
    "longer": (lambda text: SECONDS.fullmatch(text) is not None, "Write whole seconds."),
    "shorter": (lambda text: SECONDS.fullmatch(text) is not None, "Write whole seconds."),
}
NAMES = tuple(one.name for one in fields(RunFilter) if one.name != "problems")
