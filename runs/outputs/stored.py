"""The output of a run as a document, of which the database gives the parts that are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast, Length

from runs.models import LargeOutput, RunDetail
from runs.outputs.document import Document
from runs.outputs.layout import LARGE
from runs.outputs.reading import ReplacedError, Stored

TRIES = 3
LONG_AGO = 8 * LARGE
"""Characters of an output that was kept before there were outlines, and is too long to do without.
"""


def large(run_id: str) -> Document | None:
    """None for an output that is small, or was never laid out."""
    known = LargeOutput.objects.filter(run=run_id).values_list("pk", "outline").first()
    return known and Document.outlined(known[1], Stored(known[0]))


def is_large(run_id: str) -> bool:
    return LargeOutput.objects.filter(run=run_id).exists()


def small(run_id: str) -> tuple[Any, int]:
    """The value, and how many characters of JSON it is as the database keeps it."""
    size = Length(Cast("outputs", TextField()))
    found = RunDetail.objects.filter(pk=run_id).annotate(size=size)
    value, length = found.values_list("outputs", "size").first() or (None, 0)
    return value, length or 0


def settled[T](read: Callable[[], T]) -> T:
    """What `read` makes of an output; again if that was replaced meanwhile."""
    for _ in range(TRIES - 1):
        try:
            return read()
        except ReplacedError:
            continue
    return read()
