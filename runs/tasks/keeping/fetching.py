"""Fetches one file from Skyvern and saves it, at most once and within limits."""

from __future__ import annotations

import logging
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.core.files import File
from django.utils import timezone

from dashboard.connect import connect
from dashboard.skyvern import errors
from runs.files import TooLargeError, copied, kinds, missing, store
from runs.models import Kept
from runs.tasks.keeping import lease, retention
from runs.tasks.keeping.lease import State

log = logging.getLogger(__name__)

MB = 10**6
SECONDS = 240.0
"""For which a file may take to come: well below the lease."""
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
"""Before the second try, and doubled before each one after it."""
MOST_TRIES = 8
"""Which are over after two hours; while Skyvern or the store is down there are none."""


class NoRoomError(Exception):
    """The disk is too full for it, or would be."""


class LostError(Exception):
    """The lease ran out, and another worker has the row since."""


def carry_out(row: Kept) -> bool:
    """Fetch and save it, and write what came of it; False if the next one would fare no better."""
    try:
        _keep(row)
    except LostError:
        log.warning("another worker follows with %s", row.pk)
    except TooLargeError:
        most = f"This file has more than {settings.EVIDENCE_FILE_MB} MB."
        lease.settle(row, State.FAILED, most, size=None, token=None)
    except errors.NotFound as error:
        _absent(row, error.message)
    except errors.SkyvernError as error:
        _again(row, error.message)
        return not isinstance(error, errors.Unavailable | errors.Forbidden)
    except (NoRoomError, OSError) as error:
        log.warning("%s was not kept: %s", row.pk, error)
        lease.settle(row, State.WAITING, f"{error}", due=timezone.now() + PAUSE)
        return False
    return True


def _keep(row: Kept) -> None:
    if _is_whole(row):  # a worker was killed after it had saved the file
        _owned(lease.settle(row, State.KEPT, kept_at=timezone.now()))
        return
    _discard(row)
    _check(row)
    if not retention.fits(row, row.artifact.size or 0):
        return
    _owned(lease.rename(row))
    with TemporaryFile(dir=store.folder()) as content:
        size = _fetch(row, content)
        if retention.fits(row, size):
            retention.make_room(row, size)
            _owned(lease.write(row, size=size))
            _save(row, content)


def _check(row: Kept) -> None:
    """What need not even be asked for."""
    if row.tries >= MOST_TRIES:
        raise errors.Rejected("Whoever fetched it never came back.")
    if row.artifact.archived:
        raise errors.NotFound("Skyvern has moved it to its archive.")
    if (row.artifact.size or 0) > settings.EVIDENCE_FILE_MB * MB:
        raise TooLargeError


def _is_whole(row: Kept) -> bool:
    """Whether the store has all of what a row says is being saved."""
    if row.token is None or row.size is None or not store.store().exists(row.name):
        return False
    return store.store().size(row.name) == row.size


def _discard(row: Kept) -> None:
    """A part of it that a killed worker left."""
    if row.token is not None:
        store.store().delete(row.name)


def _fetch(row: Kept, into: IO[bytes]) -> int:
    """Its whole content, and its type into the row; how many bytes it was."""
    allowed, room = settings.EVIDENCE_FILE_MB * MB, store.room()
    # The copy in the store lies beside this one for a moment, and those of others do.
    most = allowed if room is None else min(allowed, room // (2 * lease.MOST_AT_WORK))
    if most < 1:
        raise NoRoomError("There is too little free space where files are kept.")
    try:
        with connect().artifact(row.pk) as source:
            claimed = source.headers.get("content-type", "")
            size = copied(source, into, most=most, seconds=SECONDS)
    except TooLargeError as error:
        if most == allowed:
            raise
        raise NoRoomError("There is too little free space for this file.") from error
    into.seek(0)
    start = into.read(kinds.SNIFFED)
    _owned(lease.write(row, content_type=kinds.content_type(row.artifact, claimed, start)))
    return size


def _save(row: Kept, content: IO[bytes]) -> None:
    content.seek(0)
    store.store().save(row.name, File(content))
    if not lease.settle(row, State.KEPT, kept_at=timezone.now(), tries=0):
        # Whoever follows has seen this file and uses it, or has given the row another name.
        if not Kept.objects.filter(pk=row.pk, token=row.token).exists():
            store.store().delete(row.name)
        raise LostError


def _absent(row: Kept, said: str) -> None:
    """Shortly after its end a run's files may still come."""
    if timezone.now() - missing.ended(row.run) < missing.SOON and not row.artifact.archived:
        lease.settle(row, State.WAITING, said, due=timezone.now() + PAUSE)
    else:
        lease.settle(row, State.GONE, said, token=None, size=None)


def _again(row: Kept, said: str) -> None:
    tries = row.tries + 1
    pause = min(PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    if tries < MOST_TRIES:
        lease.settle(row, State.WAITING, said, due=timezone.now() + pause, tries=tries)
    else:
        given_up = f"Given up after {tries} tries. {said}"
        lease.settle(row, State.FAILED, given_up, token=None, size=None, tries=tries)


def _owned(is_ours: bool) -> None:
    if not is_ours:
        raise LostError
