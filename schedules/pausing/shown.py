"""What a table shows of pauses and vital schedules: one query each, however long it is."""

from __future__ import annotations

from collections.abc import Collection

from schedules.models import Pause, Vital


def pauses_of(schedules: Collection[str]) -> dict[str, Pause]:
    """Those that go on, by schedule."""
    found = Pause.objects.filter(schedule__in=schedules, end=None)
    return {pause.schedule_id: pause for pause in found}


def vitals_of(schedules: Collection[str]) -> dict[str, Vital]:
    return Vital.objects.select_related("owner").in_bulk(list(schedules))
