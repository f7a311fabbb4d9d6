"""Whether nothing fires any more although it should: the scheduler of the server may have died."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

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
OLD = timedelta(minutes=5)
"""A note of that age is none: while the ledger is not kept nobody can say."""


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
    missed = Fire.objects.of_state(Fire.State.MISSED)
    missed = missed.filter(due_at__range=(now - LOOKED_BACK, now))
    missed = missed.filter(cause__in=WITHOUT_EXCUSE, is_backfilled=False)
    newest = list(missed.values_list("due_at", flat=True)[:FEWEST])
    if len(newest) < FEWEST:
        return None
    if _last_begun(newest[-1]) or switched_off():
        return None
    if began := _last_begun(now - LOOKED_BACK):
        missed = missed.filter(due_at__gt=began)
    found = list(missed.values_list("due_at", "schedule_id")[: MOST + 1])
    since = found[:MOST]
    schedules = {schedule for _, schedule in since}
    return Silence(len(since), len(schedules), since[-1][0], more=len(found) > MOST)


def noted(found: Silence | None, now: datetime) -> dict[str, Any]:
    """What `from_note` reads: every page asks, and looks at the refreshes' rows anyway."""
    told = asdict(found) | {"since": found.since.isoformat()} if found else None
    return {"at": now.isoformat(), "told": told}


def from_note(note: Mapping[str, Any], now: datetime) -> Silence | None:
    """The silence that `noted` wrote, or `{}` for none, unless that is long ago."""
    told = note.get("told")
    if not told or abs(now - datetime.fromisoformat(note["at"])) > OLD:
        return None
    return Silence(**told | {"since": datetime.fromisoformat(told["since"])})


def _last_begun(since: datetime) -> datetime | None:
    """When the last scheduled run began, if that was not before."""
    runs = Run.objects.filter(SPARSE["schedule_id"], place__gte=place_at(since)).newest()
    return runs.values_list("created_at", flat=True).first()
