"""The verbs that change schedules upstream, and what goes with a pause.

Each one calls the API, mirrors the answer and writes the Activity row, also of what was refused;
then it raises the `SkyvernError` again.
"""

from schedules.actions.editing import Conflict, create, delete, update
from schedules.actions.making_up import make_up
from schedules.actions.marking import mark_vital, unmark_vital
from schedules.actions.running import run_now
from schedules.actions.switching import cancel, change_pause, pause, resume

__all__ = [
    "Conflict",
    "cancel",
    "change_pause",
    "create",
    "delete",
    "make_up",
    "mark_vital",
    "pause",
    "resume",
    "run_now",
    "unmark_vital",
    "update",
]
