"""Moments as the pages of schedules write them."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard import clock
from schedules import cron


def moment(at: datetime) -> str:
    """ "Mon 23 Nov 09:00", with the year where it is not this one; in 12 hours if so chosen."""
    year = "" if at.year == datetime.now(UTC).year else f" {at:%Y}"
    return f"{at:%a %-d %b}{year} {clock.told(at)}"


def moment_in(zone_name: str, at: datetime) -> str:
    """The same by the clocks of that zone; in UTC, and said so, if there is no such zone."""
    try:
        return moment(at.astimezone(cron.load_zone(zone_name)))
    except cron.ZoneError:
        return f"{moment(at.astimezone(UTC))} UTC"
