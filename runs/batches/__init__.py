"""Many launches of one agent at once: rows read, given to its parameters and checked."""

from runs.batches.checking import Checked, Problem, check
from runs.batches.columns import ColumnsForm
from runs.batches.decoding import decoded
from runs.batches.form import BatchForm
from runs.batches.reading import Table, UnreadableError, read
from runs.batches.sample import sample

__all__ = [
    "BatchForm",
    "Checked",
    "ColumnsForm",
    "Problem",
    "Table",
    "UnreadableError",
    "check",
    "decoded",
    "read",
    "sample",
]
