"""Why a file cannot be had, as far as that can be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.skyvern import errors
from runs.files.opening import ArchivedError
from runs.models import Artifact, Kept, Run

SOON = timedelta(minutes=10)
"""After its end in which a run's files are still written."""
YOUNG = timedelta(days=1)
"""A file of a run that ended within this cannot be gone by any retention."""


@dataclass(frozen=True)
class Missing:
    status: int
    title: str
    sentence: str


UNKNOWN = Missing(
    404,
    "No such file",
    "No run has a file with this id, as far as is known here. Look among the files of the run.",
)
EARLY = Missing(
    404,
    "Not written yet",
    "Skyvern writes this file when the run ends, or a moment later. Please try again in a minute.",
)
ARCHIVED = Missing(
    410,
    "Archived",
    "Skyvern has moved this file to its archive, from where it gives nothing, and no copy is kept "
    "here.",
)
NEVER = Missing(
    404,
    "Never made",
    "Skyvern names this file, but has never written it: the browser closed too early, or had "
    "nothing to write.",
)
GONE = Missing(
    404,
    "Gone at Skyvern",
    "Skyvern has deleted this file, as it does after a time, and no copy is kept here.",
)
LET_GO = Missing(
    404,
    "Gone",
    "Skyvern has deleted this file. A copy was kept here, until it was older than files are kept "
    "or newer ones needed its room.",
)
PAST_ITS_END = Missing(416, "Past its end", "The file is shorter than the part that was asked for.")
SILENT = Missing(502, "No answer", "Skyvern did not give the file. Please try again in a moment.")


def ended(run: Run) -> datetime:
    """When it ended, or was last seen to change."""
    return run.ended_at or run.changed_at


def of_error(file: Artifact, error: errors.SkyvernError) -> Missing:
    """`file` with its run."""
    if isinstance(error, ArchivedError):
        return ARCHIVED
    if isinstance(error, errors.NotFound):
        return _absent(file)
    return PAST_ITS_END if error.status == 416 else SILENT


def _absent(file: Artifact) -> Missing:
    row, since = getattr(file, "keeping", None), timezone.now() - ended(file.run)
    if file.run.is_live or since < SOON:
        return EARLY
    if row is not None and row.state == Kept.State.LET_GO:
        return LET_GO
    if file.size == 0 or (file.size is None and since < YOUNG):
        return NEVER
    return GONE
