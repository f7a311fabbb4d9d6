"""The files of a run, sorted by what a person looks for: pictures, recordings, downloads, logs."""

from runs.evidence.reading import (
    LOGS,
    MAX_FILES,
    STRIP,
    Evidence,
    Recording,
    Shot,
    Strip,
    files_of,
    of_run,
)
from runs.evidence.states import State, is_settling

__all__ = [
    "LOGS",
    "MAX_FILES",
    "STRIP",
    "Evidence",
    "Recording",
    "Shot",
    "State",
    "Strip",
    "files_of",
    "is_settling",
    "of_run",
]
