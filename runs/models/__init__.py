"""The mirrored workflows and runs, and what the dashboard itself knows of them."""

from runs.models.detail import Artifact, RunDetail, Tag
from runs.models.failure import FailureDay, FailureGroup
from runs.models.job import Job, JobItem
from runs.models.launch import Draft, Launch, Preset
from runs.models.note import Note
from runs.models.output import LargeOutput, OutputPiece
from runs.models.run import Run, RunQuerySet, place_at, place_of
from runs.models.table import SavedView, TableSettings
from runs.models.workflow import Tally, Workflow

__all__ = [
    "Artifact",
    "Draft",
    "FailureDay",
    "FailureGroup",
    "Job",
    "JobItem",
    "LargeOutput",
    "Launch",
    "Note",
    "OutputPiece",
    "Preset",
    "Run",
    "RunDetail",
    "RunQuerySet",
    "SavedView",
    "TableSettings",
    "Tag",
    "Tally",
    "Workflow",
    "place_at",
    "place_of",
]
