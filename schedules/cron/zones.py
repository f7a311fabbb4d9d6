"""Time zones by name: zoneinfo computes, pytz only lists what to offer."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytz


class ZoneError(ValueError):
    """Its text is a sentence for the person who typed the name."""


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
