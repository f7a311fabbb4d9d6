"""Whether the store is the one that the rows are of: it may not be mounted, or be somebody else's.

What looks like a lost file there would be fetched again, and what no row knows deleted.
"""

from __future__ import annotations

import re
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile

from dashboard.feeds import Lease
from dashboard.models import Feed
from runs.files import store

MARK = re.compile(r"skydeck-([0-9a-f]{32})")
"""Its name is all that a mark says: it lies at the top of a store."""
ABSENT = "what was kept is not in it. Is it mounted?"
OTHERS = "it belongs to another Skydeck, whose mark (skydeck-…) lies in it."


def settle(held: Lease) -> None:
    """Mark a new store as ours, or find the mark; OSError if it is not to be touched.

    `cursor`: place (as it is set), store (our mark), is_marked. A store that is set to another
    place was moved on purpose.
    """
    cursor, found = held.cursor, _marks()
    ours = cursor.get("store") or uuid4().hex
    if found - {ours}:
        raise OSError(OTHERS)
    if cursor.get("place") != settings.EVIDENCE_STORE:
        cursor.update(place=settings.EVIDENCE_STORE, store=ours, is_marked=bool(found))
        held.save_cursor()
    if not found and cursor["is_marked"]:
        raise OSError(ABSENT)
    if not found:
        store.store().save(f"skydeck-{ours}", ContentFile(b""))
    if not cursor["is_marked"]:
        cursor["is_marked"] = True
        held.save_cursor()


def is_settled() -> bool:
    """Whether its mark is there, once it was settled."""
    cursor = Feed.objects.filter(pk="evidence").values_list("cursor", flat=True).first() or {}
    if cursor.get("place") != settings.EVIDENCE_STORE:
        return False
    return store.store().exists(f"skydeck-{cursor['store']}")


def _marks() -> set[str]:
    _, names = store.store().listdir("")
    return {mark[1] for name in names if (mark := MARK.fullmatch(name))}
