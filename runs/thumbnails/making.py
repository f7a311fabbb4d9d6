"""Which thumbnail a screenshot has; two at most are made at a time by one process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from runs.files import TooLargeError, opened, whole
from runs.models import Artifact, Thumbnail
from runs.thumbnails.drawing import UndrawableError, thumbnail

log = logging.getLogger(__name__)

MOST_BYTES = 20 * 2**20
"""Of a screenshot."""
SECONDS = 10.0
"""For which a screenshot may take to come."""
PATIENCE = 1.0
"""Seconds that a request waits for its turn: the others of its process must go on."""
_TURNS = BoundedSemaphore(2)


class BusyError(Exception):
    """There is no turn for it now."""


def made_before(artifact_id: str) -> bytes | None:
    """b"" where none can be made; one query."""
    found = Thumbnail.objects.filter(pk=artifact_id).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def of(file: Artifact) -> bytes:
    """Made now, and kept; b"" where none can be made.

    BusyError: others are being made. Raises the errors of the API client if the screenshot cannot
    be had.
    """
    with _turn():
        if (before := made_before(file.pk)) is not None:
            return before
        return _kept(file, _drawn(_content(file)))


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=PATIENCE):
        raise BusyError
    try:
        yield
    finally:
        _TURNS.release()


def _content(file: Artifact) -> bytes:
    """b"" of one that is too large, which is no picture either."""
    try:
        with opened(file) as source:
            return whole(source, most=MOST_BYTES, seconds=SECONDS)
    except TooLargeError:
        return b""


def _drawn(content: bytes) -> bytes:
    try:
        return thumbnail(content)
    except UndrawableError as error:
        log.info("no thumbnail was made: %s", error)
        return b""


def _kept(file: Artifact, drawn: bytes) -> bytes:
    """That there can be none is remembered of a run that is over: before, it may get whole."""
    if drawn or file.run.is_final:
        row = Thumbnail(artifact=file, content=drawn)
        Thumbnail.objects.bulk_create([row], ignore_conflicts=True)
    return drawn
