"""The mirrored schedules, and the ledger of their fires."""

from schedules.models.calendar import CalendarLink
from schedules.models.hour import Hour
from schedules.models.ledger import Fire, FireQuerySet, Gap, Horizon, Pause
from schedules.models.schedule import Schedule, ScheduleQuerySet, Submission

__all__ = [
    "CalendarLink",
    "Fire",
    "FireQuerySet",
    "Gap",
    "Horizon",
    "Hour",
    "Pause",
    "Schedule",
    "ScheduleQuerySet",
    "Submission",
]
