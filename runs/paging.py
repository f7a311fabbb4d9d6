"""Keyset pages of runs, newest first: as quick at row 900,000 as at row 1, with stable URLs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from runs.models import Run, RunQuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNT_CAP = 10_000
NEWER_CAP = 99


@dataclass(frozen=True)
class Cursor:
    """A place between two runs: the one it names is on neither side."""

    created_at: datetime
    run_id: str

    @classmethod
    def of(cls, run: Run) -> Cursor:
        return cls(run.created_at, run.run_id)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for a text that `str()` of a cursor cannot have made."""
        micros, found, run_id = text.partition("-")
        if not found or not micros.isascii() or not micros.isdigit() or "\0" in run_id:
            return None
        try:
            return cls(EPOCH + timedelta(microseconds=int(micros)), run_id)
        except (OverflowError, ValueError):
            return None

    def __str__(self) -> str:
        return f"{(self.created_at - EPOCH) // timedelta(microseconds=1)}-{self.run_id}"

    # The first condition of each is implied by the second, but only it lets the index be used.
    def older(self, runs: RunQuerySet) -> RunQuerySet:
        return runs.filter(
            Q(created_at__lt=self.created_at) | Q(run_id__lt=self.run_id),
            created_at__lte=self.created_at,
        )

    def newer(self, runs: RunQuerySet) -> RunQuerySet:
        return runs.filter(
            Q(created_at__gt=self.created_at) | Q(run_id__gt=self.run_id),
            created_at__gte=self.created_at,
        )


@dataclass(frozen=True)
class Page:
    runs: list[Run]
    older: Cursor | None = None
    newer: Cursor | None = None


def newest(runs: RunQuerySet, size: int) -> Page:
    found = list(runs.newest()[: size + 1])
    shown = found[:size]
    return Page(shown, older=Cursor.of(shown[-1]) if len(found) > size else None)


def older_than(cursor: Cursor, runs: RunQuerySet, size: int) -> Page:
    page = newest(cursor.older(runs), size)
    return Page(page.runs, older=page.older, newer=Cursor.of(page.runs[0]) if page.runs else None)


def newer_than(cursor: Cursor, runs: RunQuerySet, size: int) -> Page:
    found = list(cursor.newer(runs).order_by("created_at", "run_id")[: size + 1])
    shown = found[:size][::-1]
    if not shown:
        return newest(runs, size)
    return Page(
        shown,
        older=Cursor.of(shown[-1]),
        newer=Cursor.of(shown[0]) if len(found) > size else None,
    )


def since(cursor: Cursor, runs: RunQuerySet, size: int) -> tuple[Page, int]:
    """The first page as it was when `cursor` was its newest run, and how many came since.

    The number stops at NEWER_CAP + 1.
    """
    upto = runs.filter(
        Q(created_at__lt=cursor.created_at) | Q(run_id__lte=cursor.run_id),
        created_at__lte=cursor.created_at,
    )
    return newest(upto, size), cursor.newer(runs)[: NEWER_CAP + 1].count()


def count(runs: RunQuerySet) -> int:
    """How many, up to COUNT_CAP + 1."""
    return runs.order_by()[: COUNT_CAP + 1].count()
