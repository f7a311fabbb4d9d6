"""The transaction in which mirrored rows are written, by one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from dashboard.models import Revision

CHUNK = 2000


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Compare and write without another writer in between; never held during a call.

    PostgreSQL: the lock is the row of that revision; "workflows" is always the last one taken, so
    that writers never wait for each other in a circle. SQLite: the transaction is IMMEDIATE.
    """
    with transaction.atomic():
        locked = Revision.objects.select_for_update().filter(pk=name)
        if not locked:
            Revision.objects.get_or_create(pk=name)
            locked.get()
        yield
