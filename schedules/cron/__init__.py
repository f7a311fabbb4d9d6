"""Cron, as Skyvern's server reads it: what is accepted, when it fires, what it says in words.

Pure: no Django, no clock of its own. Instants are aware UTC datetimes, lengths are seconds.
"""

from schedules.cron.building import Plan, Rhythm, plan_of
from schedules.cron.differences import Difference, differences
from schedules.cron.expression import MIN_GAP_SECONDS, Cron, CronError, check_pace, parse
from schedules.cron.fires import Fire, fires, times
from schedules.cron.server import server_fires, server_list, starts
from schedules.cron.words import describe, describe_interval
from schedules.cron.zone_search import (
    ManyZonesError,
    Offer,
    find_zone,
    zone_offers,
    zone_words,
)
from schedules.cron.zones import ZoneError, changes, instants, load_zone, zone_names

__all__ = [
    "MIN_GAP_SECONDS",
    "Cron",
    "CronError",
    "Difference",
    "Fire",
    "ManyZonesError",
    "Offer",
    "Plan",
    "Rhythm",
    "ZoneError",
    "changes",
    "check_pace",
    "describe",
    "describe_interval",
    "differences",
    "find_zone",
    "fires",
    "instants",
    "load_zone",
    "parse",
    "plan_of",
    "server_fires",
    "server_list",
    "starts",
    "times",
    "zone_names",
    "zone_offers",
    "zone_words",
]
