"""The runs that a person chose for a job: ticked one by one, or all of a frozen filter."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Max
from django.http import QueryDict

from runs.actions.jobs import MOST_ITEMS, applicable
from runs.filters import RunFilter
from runs.models import Run, RunQuerySet

SAMPLE = 8
PLACE = re.compile(r"[0-8]?[0-9]{1,18}")


@dataclass(frozen=True)
class Chosen:
    """Either `run_ids`, or all that match `query` (of a URL) and have a place below `below`."""

    run_ids: tuple[str, ...] = ()
    query: str = ""
    below: int | None = None

    @classmethod
    def read(cls, posted: QueryDict) -> Chosen:
        """As the table and the page after it send it; ValueError for a filter nobody can read."""
        if not posted.get("all"):
            ids = (run_id.replace("\0", "") for run_id in posted.getlist("run"))
            return cls(tuple(dict.fromkeys(filter(None, ids))))
        below = posted.get("below", "")
        if PLACE.fullmatch(below):
            return cls(query=posted.get("query", ""), below=int(below))
        newest = Run.objects.aggregate(place=Max("place"))["place"] or 0
        return cls(query=_frozen(posted.get("query", "")), below=newest + 1)

    @property
    def is_filter(self) -> bool:
        return self.below is not None

    @property
    def runs(self) -> RunQuerySet:
        if self.below is None:
            return Run.objects.filter(pk__in=self.run_ids).newest()
        wanted = RunFilter.read(QueryDict(self.query))
        return wanted.every(Run.objects.all()).filter(place__lt=self.below)

    def able(self, kind: str) -> RunQuerySet:
        return applicable(kind, self.runs)


@dataclass(frozen=True)
class Count:
    """How many runs were chosen and how many of them the verb is for: exact up to MOST_ITEMS."""

    able: int
    others: int
    is_capped: bool

    @classmethod
    def of(cls, chosen: Chosen, kind: str) -> Count:
        able, every = _count(chosen.able(kind)), _count(chosen.runs)
        return cls(
            min(able, MOST_ITEMS), max(every - able, 0), able > MOST_ITEMS or every > MOST_ITEMS
        )


def sample(runs: RunQuerySet) -> list[Run]:
    return list(runs.only("run_id", "title", "status", "created_at", "place")[:SAMPLE])


def _count(runs: RunQuerySet) -> int:
    return runs.order_by()[: MOST_ITEMS + 1].count()


def _frozen(query: str) -> str:
    """The filter with times that stay the same whenever and in whatever zone it is read."""
    wanted = RunFilter.read(QueryDict(query.removeprefix("?")))
    if wanted.problems:
        raise ValueError(" ".join(wanted.problems.values()))
    since, until = _written(wanted.starts_at), _written(wanted.ends_at)
    return replace(wanted, last="", since=since, until=until).query().removeprefix("?")


def _written(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
