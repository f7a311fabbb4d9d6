"""The groups of failures as a person looks for them: found, paged, and how often each happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from runs.models import FailureDay, FailureGroup
from runs.rollups import Slots, utc_days

PAGE_SIZE = 50
LONGEST = 200
STATES = {
    "": "Open",
    "new": "New",
    "back": "Back again",
    "known": "Known",
    "resolved": "Resolved",
    "all": "All",
}


@dataclass(frozen=True)
class Wanted:
    """Empty means any, and of `state` all that are not resolved; `mine`: "1" for one's own.

    `older` is where the page before ended, as `Page.older` gave it.
    """

    state: str = ""
    agent: str = ""
    text: str = ""
    mine: str = ""
    older: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        def given(name: str) -> str:
            return query.get(name, "").replace("\0", "").strip()[:LONGEST]

        state = given("state")
        return cls(
            state if state in STATES else "",
            given("agent"),
            given("q"),
            "1" if given("mine") else "",
            given("older"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.agent or self.text or self.mine)

    def query(self, *, older: str = "") -> str:
        given = {"state": self.state, "agent": self.agent, "q": self.text, "mine": self.mine}
        given |= {"older": older}
        written = urlencode({name: value for name, value in given.items() if value})
        return f"?{written}" if written else ""


@dataclass(frozen=True)
class Row:
    """A group, and how many of its runs were created on each of the last days (UTC)."""

    group: FailureGroup
    days: list[int]


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    slots: Slots
    older: str


def page(wanted: Wanted, user_id: int | None) -> Page:
    """Those that happened last come first."""
    groups = _after(matching(wanted, user_id), wanted.older)
    groups = groups.select_related("workflow", "owner").defer(
        "workflow__raw", "workflow__parameters"
    )
    read = list(groups[: PAGE_SIZE + 1])
    shown = read[:PAGE_SIZE]
    slots = utc_days(timezone.now())
    days = by_day([group.pk for group in shown], slots)
    older = f"{shown[-1].last_at.isoformat()}~{shown[-1].pk}" if len(read) > PAGE_SIZE else ""
    return Page([Row(group, days[group.pk]) for group in shown], slots, older)


def listed() -> QuerySet[FailureGroup]:
    """Without those that lost all their runs to another group."""
    return FailureGroup.objects.filter(merged_into=None, runs__gt=0)


def unseen(most: int) -> int:
    """How many are new or back again, up to `most`."""
    new = listed().filter(state__in=(FailureGroup.State.NEW, FailureGroup.State.BACK))
    return new.order_by().values("pk")[:most].count()


def matching(wanted: Wanted, user_id: int | None) -> QuerySet[FailureGroup]:
    """Those of all pages; what happened last comes first."""
    groups = listed()
    if wanted.state in FailureGroup.State:
        groups = groups.filter(state=wanted.state)
    elif not wanted.state:
        groups = groups.exclude(state=FailureGroup.State.RESOLVED)
    if wanted.agent:
        groups = groups.filter(workflow=wanted.agent)
    if wanted.mine:
        groups = groups.filter(owner=user_id)
    for word in wanted.text.split():
        groups = groups.filter(
            Q(reason__icontains=word)
            | Q(block__icontains=word)
            | Q(note__icontains=word)
            | Q(workflow__title__icontains=word)
        )
    return groups.order_by("-last_at", "-pk")


def _after(groups: QuerySet[FailureGroup], older: str) -> QuerySet[FailureGroup]:
    edge, _, pk = older.partition("~")
    if not pk.isascii() or not pk.isdigit() or len(pk) > 18 or (at := _moment(edge)) is None:
        return groups
    return groups.filter(Q(last_at__lte=at) & (Q(last_at__lt=at) | Q(pk__lt=int(pk))))


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def by_day(pks: Sequence[int], slots: Slots) -> dict[int, list[int]]:
    """How many runs of each group were created in each slot, which are days of UTC."""
    found = {pk: [0] * len(slots) for pk in pks}
    places = {edge.date(): place for place, edge in enumerate(slots.edges[:-1])}
    counted = FailureDay.objects.filter(group__in=pks, day__gte=slots.since.date())
    for pk, day, runs in counted.values_list("group_id", "day", "runs"):
        found[pk][places.get(day, -1)] += runs  # what is of the future is of the last slot
    return found
