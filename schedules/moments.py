"""Moments in words, by the clocks of a schedule's zone."""

from __future__ import annotations

from datetime import datetime

from schedules import cron
from schedules.outlook import moment


def moment_in(zone_name: str, at: datetime) -> str:
    """ "Mon 23 Nov 09:00" by the clocks there; in UTC, and said so, if there is no such zone."""
    try:
        return moment(at.astimezone(cron.load_zone(zone_name)))
    except cron.ZoneError:
        return f"{moment(at)} UTC"
