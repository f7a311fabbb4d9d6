"""Makes the store and its rows match again, whatever was interrupted, deleted or restored."""

from __future__ import annotations

import logging
import re
from itertools import batched
from typing import Any
from uuid import UUID

from runs.files import store
from runs.models import Kept
from runs.tasks.keeping.lease import State

log = logging.getLogger(__name__)

SHELVES = 256
AT_ONCE = 8
"""Folders of the store that are looked through in one go."""
OURS = re.compile(r"[0-9a-f]{32}")
"""Nothing else is ever deleted: the folder may be somebody's."""
LOST = "Its file was not in the store any more, and is fetched again."


def sweep(cursor: dict[str, Any]) -> None:
    """The next folders, round and round."""
    first = int(cursor.get("shelf") or 0)
    for shelf in range(first, first + AT_ONCE):
        _sweep(f"{shelf % SHELVES:02x}")
    cursor["shelf"] = (first + AT_ONCE) % SHELVES


def _sweep(shelf: str) -> None:
    names = _listed(shelf)
    _delete_orphans(shelf, names)
    _fetch_again(shelf, names)


def _listed(shelf: str) -> set[str]:
    try:
        _, names = store.store().listdir(shelf)
    except FileNotFoundError:
        return set()
    return {name for name in names if OURS.fullmatch(name) and name.startswith(shelf)}


def _delete_orphans(shelf: str, names: set[str]) -> None:
    """What no row names. A row has named its file before there is one, so none is too early."""
    for some in batched(sorted(names), 500):
        rows = Kept.objects.filter(token__in=[UUID(name) for name in some])
        known = {token.hex for token in rows.values_list("token", flat=True) if token}
        for name in set(some) - known:
            log.info("deleted a file of the store that nothing refers to: %s", name)
            store.store().delete(f"{shelf}/{name}")


def _fetch_again(shelf: str, names: set[str]) -> None:
    """A row whose file is gone, such as of a store that was emptied or moved."""
    first, last = UUID(f"{shelf:0<32}"), UUID(f"{shelf:f<32}")
    for row in Kept.objects.kept().filter(token__range=(first, last)):
        if row.token is None or row.token.hex in names or store.store().exists(row.name):
            continue
        same = Kept.objects.kept().filter(pk=row.pk, token=row.token)
        lost = {"token": None, "size": None, "kept_at": None, "tries": 0}
        same.update(state=State.WAITING, lease_until=None, error=LOST, **lost)
