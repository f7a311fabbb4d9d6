"""Which schedules somebody has chosen to pause or resume, and what can be done to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from schedules.actions.bulk import MOST, Chosen
from schedules.models import Bulk, Schedule, ScheduleQuerySet, Vital
from schedules.table import Wanted

MOST_IDS = 1000


@dataclass(frozen=True)
class Choice:
    """Ticked ones, or all that matched the filter at `moment` (of one that came from there)."""

    verb: str
    ids: tuple[str, ...] = ()
    wanted: Wanted | None = None
    moment: datetime = field(default_factory=timezone.now)

    @classmethod
    def read(cls, given: QueryDict) -> Choice:
        verb = given.get("verb", "")
        if given.get("all"):
            return cls(verb, wanted=Wanted.read(given), moment=_moment(given.get("moment", "")))
        ids = [one.replace("\0", "") for one in given.getlist("schedule")]
        return cls(verb, ids=tuple(dict.fromkeys(ids))[:MOST_IDS])

    @property
    def is_empty(self) -> bool:
        return self.wanted is None and not self.ids

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a form must hold to choose the same again."""
        if self.wanted is None:
            return [("verb", self.verb), *(("schedule", one) for one in self.ids)]
        moment = ("moment", self.moment.isoformat())
        return [("verb", self.verb), ("all", "1"), moment, *self.wanted.fields]

    @property
    def query(self) -> str:
        return urlencode(self.fields)

    def schedules(self) -> ScheduleQuerySet:
        """In the order of the table."""
        present = Schedule.objects.present()
        if self.wanted is None:
            found = present.filter(pk__in=self.ids)
        else:
            known = Q(created_at=None) | Q(created_at__lte=self.moment)
            found = self.wanted.apply(present).filter(known)
        return found.order_by("-is_active", F("next_run_at").asc(nulls_last=True), "name", "pk")

    def able(self) -> ScheduleQuerySet:
        """Those that the verb can do something to."""
        recurring = self.schedules().exclude(kind=Schedule.Kind.ONCE)
        return recurring.filter(enabled=self.verb == Bulk.Verb.PAUSE)

    def vitals(self) -> list[Vital]:
        """Of those that would be paused: each has to be ticked for itself."""
        if self.verb != Bulk.Verb.PAUSE:
            return []
        found = Vital.objects.filter(schedule__in=self.able().values("pk"))
        return list(found.select_related("owner", "schedule")[:MOST])

    def chosen(self, ticked: Collection[str]) -> list[Chosen]:
        """Without the vital ones that are not `ticked`."""
        vitals = {mark.pk for mark in self.vitals()}
        ids = self.able().values_list("pk", flat=True)[:MOST]
        return [Chosen(pk, pk in vitals) for pk in ids if pk not in vitals or pk in ticked]


@dataclass(frozen=True)
class Count:
    """How many can be switched, and why the others cannot."""

    able: int
    already: int
    once: int

    @classmethod
    def of(cls, choice: Choice) -> Count:
        every, able = choice.schedules(), choice.able().count()
        once = every.filter(kind=Schedule.Kind.ONCE).count()
        return cls(able, every.count() - able - once, once)


def _moment(text: str) -> datetime:
    """Not in the future, whatever was sent."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return min(found, timezone.now()) if found.tzinfo else timezone.now()
