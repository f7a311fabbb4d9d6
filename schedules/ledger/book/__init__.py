"""Reads the ledger: fires by what is asked for, their pages, and what they come to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from schedules.ledger.book.asked import Asked
from schedules.ledger.book.days import Calendar, Day, calendar
from schedules.ledger.book.figures import Figures, Pace, figures, pace
from schedules.ledger.book.pages import Page, page_of, walk
from schedules.models import Fire

__all__ = [
    "Asked",
    "Calendar",
    "Day",
    "Figures",
    "Pace",
    "Page",
    "calendar",
    "figures",
    "missed",
    "missed_since",
    "pace",
    "page_of",
    "walk",
]


def missed(since: datetime, until: datetime, most: int) -> int:
    """How many fires of all schedules, counted up to `most`."""
    found = Fire.objects.of_state(Fire.State.MISSED).filter(due_at__range=(since, until))
    return found.values("pk")[:most].count()


def missed_since(schedules: Collection[str], since: datetime) -> dict[str, int]:
    """How many fires of each were missed since then; those without any are left out."""
    found = Fire.objects.of_state(Fire.State.MISSED)
    found = found.filter(schedule__in=schedules, due_at__gte=since)
    counts = found.values("schedule").annotate(Count("pk"))
    return dict(counts.order_by().values_list("schedule", "pk__count"))
