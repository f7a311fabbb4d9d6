"""The mirrored schedules, and the ledger of their fires."""

from schedules.models.ledger import Fire, FireQuerySet, Gap, Horizon, Pause
from schedules.models.schedule import Schedule, ScheduleQuerySet, Submission

__all__ = [
    "Fire",
    "FireQuerySet",
    "Gap",
    "Horizon",
    "Pause",
    "Schedule",
    "ScheduleQuerySet",
    "Submission",
]
