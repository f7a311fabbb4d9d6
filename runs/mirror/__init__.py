"""The only writer of mirrored workflows, runs and their files."""

from runs.mirror.detail import save_detail
from runs.mirror.outputs import lay_out_late
from runs.mirror.runs import (
    mark_missing,
    save_answers,
    save_launcher,
    save_run,
    save_run_list,
    save_runs,
    touch_runs,
)
from runs.mirror.tags import save_tags
from runs.mirror.workflows import (
    ensure_workflows,
    mark_workflows_deleted,
    save_workflows,
    touch_workflows,
)

__all__ = [
    "ensure_workflows",
    "lay_out_late",
    "mark_missing",
    "mark_workflows_deleted",
    "save_answers",
    "save_detail",
    "save_launcher",
    "save_run",
    "save_run_list",
    "save_runs",
    "save_tags",
    "save_workflows",
    "touch_runs",
    "touch_workflows",
]
