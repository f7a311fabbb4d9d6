"""What lies ahead of a schedule: in words, as fires in three zones, and what to beware of."""

from schedules.outlook.cautions import drops, outlasts
from schedules.outlook.crowds import Crowd, crowd_of
from schedules.outlook.off import off_notes, switched_off
from schedules.outlook.rows import Outlook, Row, look_ahead, next_fire

__all__ = [
    "Crowd",
    "Outlook",
    "Row",
    "crowd_of",
    "drops",
    "look_ahead",
    "next_fire",
    "off_notes",
    "outlasts",
    "switched_off",
]
