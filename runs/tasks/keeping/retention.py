"""Lets go what is kept too long, and the files of the oldest runs while there is too much."""

from __future__ import annotations

from django.conf import settings

from runs.files import store
from runs.models import Kept, KeptQuerySet
from runs.tasks.keeping import finding, lease
from runs.tasks.keeping.lease import State

MOST_AT_ONCE = 500
"""Files that are let go in one go."""
TOO_OLD = "Its run is older than files are kept."
NO_ROOM = "Files of newer runs need all the room there is."


def apply() -> None:
    """OSError if the store cannot be reached: what could not be deleted is swept up later."""
    old = Kept.objects.filter(place__lt=finding.oldest_place())
    old.filter(state=State.WAITING).update(state=State.LET_GO, error=TOO_OLD, lease_until=None)
    for row in old.kept()[:MOST_AT_ONCE]:
        let_go(row, TOO_OLD)
    _free(Kept.objects.kept(), _too_much())


def limit() -> int:
    """Bytes of all kept files."""
    return int(settings.EVIDENCE_GB * store.GB)


def fits(row: Kept, size: int) -> bool:
    """Whether a file of that size is to be kept, if need be instead of older runs' files.

    If not, that is written to its row.
    """
    too_much = _too_much(size)
    if size <= limit() and (too_much <= 0 or too_much <= _older(row).bytes()):
        return True
    lease.settle(row, State.LET_GO, NO_ROOM, token=None, size=None)
    return False


def make_room(row: Kept, size: int) -> None:
    """Let go of older runs' files until one of that size fits."""
    _free(_older(row), _too_much(size))


def _older(row: Kept) -> KeptQuerySet:
    return Kept.objects.kept().filter(place__lt=row.place)


def _too_much(size: int = 0) -> int:
    return Kept.objects.bytes() + size - limit()


def let_go(row: Kept, why: str) -> int:
    """First it is not served any more, then it is deleted; how many bytes that were."""
    size, name = row.size or 0, row.name
    same = Kept.objects.kept().filter(pk=row.pk, token=row.token)
    gone = {"token": None, "size": None, "kept_at": None, "content_type": ""}
    if not same.update(state=State.LET_GO, error=why, **gone):
        return 0
    store.store().delete(name)
    return size


def _free(rows: KeptQuerySet, too_much: int) -> None:
    for row in rows.order_by("place", "pk")[:MOST_AT_ONCE] if too_much > 0 else ():
        if too_much <= 0:
            return
        too_much -= let_go(row, NO_ROOM)
