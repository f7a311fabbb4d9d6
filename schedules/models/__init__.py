"""The mirrored schedules, the ledger of their fires, and what people do to many at once."""

from schedules.models.bulk import Bulk, BulkItem
from schedules.models.calendar import CalendarLink
from schedules.models.hour import Hour
from schedules.models.ledger import MOST_REASON, Fire, FireQuerySet, Gap, Horizon, Pause
from schedules.models.pausing import MakeUp, PauseIntent, Vital
from schedules.models.schedule import Schedule, ScheduleQuerySet, Submission

__all__ = [
    "MOST_REASON",
    "Bulk",
    "BulkItem",
    "CalendarLink",
    "Fire",
    "FireQuerySet",
    "Gap",
    "Horizon",
    "Hour",
    "MakeUp",
    "Pause",
    "PauseIntent",
    "Schedule",
    "ScheduleQuerySet",
    "Submission",
    "Vital",
]
