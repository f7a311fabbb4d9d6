"""Time zones by name, and when their clocks change. Zoneinfo computes, pytz only lists names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytz

STEP = timedelta(days=7)
"""Two changes of a zone never lie closer: the shortest time between them is a Ramadan."""


class ZoneError(ValueError):
    """Its text is a sentence for the person who typed the name."""


@dataclass(frozen=True)
class Change:
    """The clocks of a zone change: the first instant after it, and what is added to them."""

    at: datetime
    shift: timedelta


@cache
def _canonical() -> dict[str, str]:
    return {name.lower(): name for name in pytz.all_timezones}


def load_zone(name: str) -> ZoneInfo:
    """The zone of that name, whatever its case; ZoneError if there is none."""
    known = _canonical().get(name.strip().lower(), name.strip())
    try:
        return ZoneInfo(known)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        # OSError: the name of a folder of zones, such as "Europe"
        shown = name[:60] or "(empty)"
        raise ZoneError(f"There is no time zone “{shown}”; use one such as Europe/Berlin.") from exc


def zone_names(*first: str) -> list[str]:
    """Zones to offer: those of `first` that exist, then UTC, then all others by name."""
    known = [zone for name in first if (zone := _canonical().get(name.lower()))]
    return list(dict.fromkeys([*known, "UTC", *pytz.common_timezones]))


def changes(zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Change]:
    """The changes of a zone's clocks from `after` on and before `until`, in order."""
    for year in range(after.astimezone(UTC).year, until.astimezone(UTC).year + 1):
        yield from (change for change in _of_year(zone, year) if after <= change.at < until)


def instants(naive: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the wall clock shows `naive`: none in a gap, two in an overlap."""
    found = {naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in found if at.astimezone(zone).replace(tzinfo=None) == naive)


def gap_end(naive: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the gap that swallowed `naive`, to the second."""
    # PEP 495: read with the offset of after the gap it lies before, and the other way round
    before, after = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    return _change_between(zone, before, after)


@lru_cache(maxsize=2048)
def _of_year(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    start, end = (datetime(at, 1, 1, tzinfo=UTC) for at in (year, year + 1))
    weeks = [*(start + STEP * i for i in range((end - start) // STEP + 1)), end]
    return tuple(
        Change(_change_between(zone, before, after), shift)
        for before, after in pairwise(weeks)
        if (shift := _offset(zone, after) - _offset(zone, before))
    )


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The instant between the two from which on the clocks differ from those of `low`."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
