"""The transaction in which mirrored rows are written, by one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from dashboard.models import Revision

CHUNK = 2000
_LOCK = "SELECT 1 FROM dashboard_revision WHERE name = %s FOR UPDATE"


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Compare and write without another writer in between; never held during a call.

    PostgreSQL: the lock is the row of that revision; "workflows" is always the last one taken, so
    that writers never wait for each other in a circle. SQLite: the transaction is IMMEDIATE.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _lock(name)
        yield


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [name])
        if cursor.fetchone() is None:
            Revision.objects.get_or_create(pk=name)
            cursor.execute(_LOCK, [name])
