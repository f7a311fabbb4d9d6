"""Whether nothing fires any more although it should: the scheduler of the server may have died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runs.models import Run
from runs.models.run import SPARSE, place_at
from schedules.models import Fire
from schedules.outlook import switched_off

LOOKED_BACK = timedelta(hours=6)
FEWEST = 2
"""One fire that goes missing may have any reason."""
MOST = 500
WITHOUT_EXCUSE = (Fire.Cause.SILENT, Fire.Cause.UNKNOWN)
"""The others say why: it was paused or edited, the server was busy, nobody watched."""


@dataclass(frozen=True)
class Silence:
    """How many fires were due since the last scheduled run began, and when the first of them."""

    fires: int
    schedules: int
    since: datetime
    more: bool = False
    """There are more than that."""


def silence(now: datetime) -> Silence | None:
    """None while all is well, which one look into an index tells; and where the server itself says
    that its schedules are off."""
    missed = Fire.objects.filter(
        state=Fire.State.MISSED, due_at__gte=now - LOOKED_BACK, due_at__lte=now
    )
    missed = missed.filter(cause__in=WITHOUT_EXCUSE, is_backfilled=False)
    found = list(missed.values_list("due_at", "schedule_id")[: MOST + 1])
    if len(found) < FEWEST:
        return None
    began = _last_begun(found[-1][0])
    since = [(at, schedule) for at, schedule in found[:MOST] if began is None or at > began]
    if len(since) < FEWEST or switched_off():
        return None
    schedules = {schedule for _, schedule in since}
    return Silence(len(since), len(schedules), since[-1][0], more=len(since) == MOST < len(found))


def _last_begun(since: datetime) -> datetime | None:
    """When the last scheduled run began, if that was not before."""
    runs = Run.objects.filter(SPARSE["schedule_id"], place__gte=place_at(since)).newest()
    return runs.values_list("created_at", flat=True).first()
