"""Files come from the store or through the API, each wholly before it goes in, within limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO

from dashboard.skyvern import errors
from runs.files import ArchivedError, TooLargeError, copied, opened
from runs.models import Artifact
from runs.readable.plain import UnreadableError

MB = 2**20
MOST_TOGETHER = 40 * MB
MOST_EACH = 15 * MB
SECONDS_TOGETHER = 60.0
"""Of all calls: a person who loads the zip slowly does not use them up."""
SECONDS_EACH = 20.0
PATIENCE = 5.0
"""Seconds that opening a file and each silence in it may take."""
MOST_TROUBLE = 3
"""Calls that fail in a row, after which Skyvern is asked no more."""
ARCHIVED = "Skyvern has moved it to its archive and gives it no more."
IN_MEMORY = MB
"""Of a file that is being fetched; more of it lies on disk."""


class Allowance:
    """What may still be fetched: bytes, time, and failures before nothing is asked for any more."""

    def __init__(self) -> None:
        self.bytes = MOST_TOGETHER
        self.seconds = SECONDS_TOGETHER
        self.trouble = 0

    @contextmanager
    def fetched(self, file: Artifact) -> Iterator[IO[bytes]]:
        """Its whole content; UnreadableError says why that cannot be had."""
        self._check(file)
        with SpooledTemporaryFile(IN_MEMORY) as content:
            begun = time.monotonic()
            try:
                self._copy(file, content)
            except ArchivedError as error:
                raise UnreadableError(ARCHIVED) from error
            except errors.SkyvernError as error:
                self.trouble = 0 if isinstance(error, errors.NotFound) else self.trouble + 1
                raise UnreadableError(f"Skyvern did not give it: {error.message}") from error
            except OSError as error:
                raise UnreadableError("there was no room here to fetch it.") from error
            finally:
                self.seconds -= time.monotonic() - begun
            self.trouble = 0
            self.bytes -= content.tell()
            content.seek(0)
            yield content

    def _check(self, file: Artifact) -> None:
        if self.trouble >= MOST_TROUBLE:
            raise UnreadableError("not asked for: Skyvern failed to give the last ones.")
        if self.seconds < SECONDS_EACH:
            raise UnreadableError("not asked for: the time for all files was over.")
        self._check_size(file.size or 0)

    def _check_size(self, size: int) -> None:
        if size > MOST_EACH:
            raise UnreadableError(f"one file may have {MOST_EACH // MB} MB here, and it has more.")
        if size > self.bytes:
            raise UnreadableError(
                f"all files may have {MOST_TOGETHER // MB} MB here, and those were used."
            )

    def _copy(self, file: Artifact, into: IO[bytes]) -> None:
        most = min(MOST_EACH, self.bytes)
        try:
            with opened(file, patience=PATIENCE) as source:
                copied(source, into, most=most, seconds=SECONDS_EACH - PATIENCE)
        except TooLargeError:
            self._check_size(most + 1)
