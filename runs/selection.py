"""The runs that match, found in bounded time however many there are.

One condition is looked up in its index, which gives runs in the order of their places; the others
are looked at run by run. How many are looked at for one page is bounded by WINDOW: what lies
further back is reached by asking again from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, Func, OuterRef, Q
from django.db.models.sql.compiler import SQLCompiler

from runs import search
from runs.models import Run, RunQuerySet, Tag, place_at
from runs.models.run import SPARSE

WINDOW = 20_000
LISTED = 2_000
"""As WINDOW, where the places come as a list."""
FIRST, LAST = -1, 2**63 - 1


class Unindexed(Func):
    """A column whose index the planner leaves alone.

    SQLite knows no statistics: it would walk a million completed runs for ten of one schedule.
    """

    template = "%(expressions)s"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s")


@dataclass(frozen=True)
class Condition:
    column: str
    value: object
    lookup: str = "exact"
    negated: bool = False

    @property
    def has_index(self) -> bool:
        return self.lookup == "exact" and not self.negated

    @property
    def q(self) -> Q:
        found = Q(**{f"{self.column}__{self.lookup}": self.value})
        if self.negated:
            return ~found
        return found & SPARSE.get(self.column, Q()) if self.lookup == "exact" else found

    def check(self, runs: RunQuerySet) -> RunQuerySet:
        """Narrow runs that were found otherwise."""
        name = f"checked_{self.column}"
        found = Q(**{f"{name}__{self.lookup}": self.value})
        return runs.alias(**{name: Unindexed(self.column)}).filter(
            ~found if self.negated else found
        )


@dataclass(frozen=True)
class Window:
    """The matching runs among those that were looked at.

    `edge` is the place of the last one looked at if there were more to look at, else None.
    """

    runs: RunQuerySet
    edge: int | None = None


@dataclass(frozen=True)
class Selection:
    conditions: tuple[Condition, ...] = ()
    tag: str = ""
    text: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_everything(self) -> bool:
        return self == Selection()

    @property
    def above(self) -> int:
        return FIRST if self.starts_at is None else place_at(self.starts_at) - 1

    @property
    def below(self) -> int:
        return LAST if self.ends_at is None else place_at(self.ends_at)

    def window(
        self,
        *,
        above: int = FIRST,
        below: int = LAST,
        upwards: bool = False,
        enough: int | None = None,
    ) -> Window:
        """What matches between two places, from the newest downwards or from the oldest upwards.

        `enough`: no more runs than these are wanted, so no more need be looked at where every run
        that is looked at matches.
        """
        above, below = max(above, self.above), min(below, self.below)
        if self.text or self.tag:
            return self._among_listed(above, below, upwards, enough)
        return self._among_indexed(above, below, upwards, enough)

    def _among_indexed(self, above: int, below: int, upwards: bool, enough: int | None) -> Window:
        driving = self._driving()
        between = Run.objects.filter(*(one.q for one in driving))
        between = between.filter(place__gt=above, place__lt=below)
        others = [one for one in self.conditions if one not in driving]
        edge = None
        if others or enough is None:
            by_place = between.order_by("place" if upwards else "-place")
            edge = by_place.values_list("place", flat=True)[WINDOW - 1 : WINDOW].first()
        if edge is not None:
            between = between.filter(**{"place__lte" if upwards else "place__gte": edge})
        return Window(_checked(between, others), edge)

    def _among_listed(self, above: int, below: int, upwards: bool, enough: int | None) -> Window:
        others = bool(self.conditions or (self.text and self.tag))
        most = LISTED if others or enough is None else enough
        found = self._listed(above, below, upwards, most)
        runs = _checked(Run.objects.filter(place__in=found), self.conditions)
        if self.text and self.tag:
            runs = runs.filter(Exists(Tag.objects.filter(run=OuterRef("pk"), label=self.tag)))
        return Window(runs, found[-1] if len(found) == most else None)

    def _listed(self, above: int, below: int, upwards: bool, most: int) -> list[int]:
        if self.text:
            return search.places(self.text, above=above, below=below, upwards=upwards, most=most)
        tags = Tag.objects.filter(label=self.tag, place__gt=above, place__lt=below)
        ordered = tags.order_by("place" if upwards else "-place")
        return list(ordered.values_list("place", flat=True)[:most])

    def count_words(self, most: int) -> int | None:
        """How many match, up to `most`, where nothing but words is asked for; else None."""
        if not self.text or self.tag or self.conditions:
            return None
        return search.count(self.text, above=self.above, below=self.below, most=most)

    def every(self, runs: RunQuerySet) -> RunQuerySet:
        """All of these that match, newest first, however long it takes."""
        runs = runs.filter(place__gt=self.above, place__lt=self.below)
        runs = runs.filter(*(one.q for one in self.conditions))
        if self.text:
            runs = runs.filter(place__in=search.all_places(self.text))
        if self.tag:
            runs = runs.filter(Exists(Tag.objects.filter(run=OuterRef("pk"), label=self.tag)))
        return runs.newest()

    def _driving(self) -> list[Condition]:
        """The condition to look up; an agent's together with a phase, which have one index."""
        usable = [one for one in self.conditions if one.has_index]
        if usable and usable[0].column == "workflow_id":
            return [one for one in usable if one.column in ("workflow_id", "phase")]
        return usable[:1]


def _checked(runs: RunQuerySet, conditions: Any) -> RunQuerySet:
    for one in conditions:
        runs = one.check(runs)
    return runs
