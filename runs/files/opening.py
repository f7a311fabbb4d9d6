"""Opens a file of a run: the copy that is kept here, or what Skyvern has."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dashboard.connect import connect
from dashboard.skyvern import errors
from runs.files.keeping import from_store
from runs.files.source import Source
from runs.models import Artifact

log = logging.getLogger(__name__)


class ArchivedError(errors.NotFound):
    """Skyvern has it where it gives nothing from, and so was not asked."""


@contextmanager
def opened(
    file: Artifact, wanted: str | None = None, *, patience: float = 15.0
) -> Iterator[Source]:
    """`wanted`: a Range of one part. `patience` (seconds) is for opening it at Skyvern.

    Raises the errors of the API client. What is kept is asked of the store alone, unless the store
    cannot give it.
    """
    with ExitStack() as held:
        yield _kept(held, file, wanted) or _upstream(held, file, wanted, patience)


def _kept(held: ExitStack, file: Artifact, wanted: str | None) -> Source | None:
    if file.kept is None:
        return None
    try:
        return held.enter_context(from_store(file.kept, wanted))
    except OSError as error:
        log.warning("the store did not give %s: %s", file.kept.name, error)
        return None


def _upstream(held: ExitStack, file: Artifact, wanted: str | None, patience: float) -> Source:
    if file.archived:
        raise ArchivedError("Skyvern has moved this file to its archive.")
    return held.enter_context(connect(patience=patience).artifact(file.pk, wanted))
