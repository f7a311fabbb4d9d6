"""What a table shows of pauses and vital schedules: one query each, however long it is."""

from __future__ import annotations

from collections.abc import Collection

from schedules.models import Pause, Schedule, Vital


def pauses_of(schedules: Collection[str]) -> dict[str, Pause]:
    """Those that go on, by schedule."""
    found = Pause.objects.filter(schedule__in=schedules, end=None)
    found = found.exclude(schedule__kind=Schedule.Kind.ONCE)  # canceled
    return {pause.schedule_id: pause for pause in found}


def vitals_of(schedules: Collection[str]) -> dict[str, Vital]:
    return Vital.objects.select_related("owner").in_bulk(list(schedules))
