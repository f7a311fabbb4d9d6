"""An edit against what is saved: what it changes, and what somebody else changed meanwhile."""

from schedules.editing.changes import Change, changes
from schedules.editing.coming import Comparison, compared
from schedules.editing.merging import CLASH, MINE, THEIRS, Line, merged, three_way
from schedules.editing.states import State, opened, read, state_of, state_sent

__all__ = [
    "CLASH",
    "MINE",
    "THEIRS",
    "Change",
    "Comparison",
    "Line",
    "State",
    "changes",
    "compared",
    "merged",
    "opened",
    "read",
    "state_of",
    "state_sent",
    "three_way",
]
