"""The mirrored workflows and runs, and what the dashboard itself knows of them."""

from runs.models.alert import Alert, Rule, RunEnd
from runs.models.detail import Artifact, RunDetail, Tag
from runs.models.failure import FailureDay, FailureGroup
from runs.models.job import Job, JobItem
from runs.models.kept import Kept, KeptQuerySet
from runs.models.launch import Draft, Launch, Preset
from runs.models.note import Note
from runs.models.output import LargeOutput, OutputPiece
from runs.models.run import Run, RunQuerySet, place_at, place_of
from runs.models.share import Share, ShareQuerySet
from runs.models.table import SavedView, TableSettings
from runs.models.thumbnail import Thumbnail
from runs.models.workflow import Tally, Workflow

__all__ = [
    "Alert",
    "Artifact",
    "Draft",
    "FailureDay",
    "FailureGroup",
    "Job",
    "JobItem",
    "Kept",
    "KeptQuerySet",
    "LargeOutput",
    "Launch",
    "Note",
    "OutputPiece",
    "Preset",
    "Rule",
    "Run",
    "RunDetail",
    "RunEnd",
    "RunQuerySet",
    "SavedView",
    "Share",
    "ShareQuerySet",
    "TableSettings",
    "Tag",
    "Tally",
    "Thumbnail",
    "Workflow",
    "place_at",
    "place_of",
]
