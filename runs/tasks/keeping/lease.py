"""Files under leases: one worker at a time has one, and a killed worker's comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from runs.models import Kept

LEASE = timedelta(minutes=10)
MOST_AT_WORK = 2
"""Over all processes, or hardly more: refreshes need API and workers, too."""

State = Kept.State


def claim() -> Kept | None:
    """The next file, at work from now on; None if none is due or there is no room for it."""
    now = timezone.now()
    if Kept.objects.at_work(now).count() >= MOST_AT_WORK:
        return None
    rows = Kept.objects.select_related("artifact", "run").defer("run__raw")
    # One of a killed worker first. One query for each: an index holds the rows of one state.
    row = rows.free(State.WORKING, now).first() or rows.free(State.WAITING, now).first()
    if row is None:
        return None
    tries = row.tries + (row.state == State.WORKING)  # a file may be what kills its workers
    is_ours = write(row, state=State.WORKING, lease_until=now + LEASE, tries=tries)
    return row if is_ours else None  # if another worker was faster there is a next tick


def write(row: Kept, **changes: Any) -> bool:
    """Change a claimed row; False if it is another worker's since."""
    if not _same(row).update(**changes):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def rename(row: Kept) -> bool:
    """Give it a name in the store that no other try has had."""
    return write(row, token=uuid4(), size=None, content_type="")


def settle(
    row: Kept, state: str, error: str = "", due: datetime | None = None, **more: Any
) -> bool:
    """Write what came of it; `due`: when it is tried again."""
    return write(row, state=state, error=error, lease_until=due, **more)


def _same(row: Kept) -> Any:
    mine = Kept.objects.filter(pk=row.pk, state=row.state)
    return mine.filter(lease_until=row.lease_until)
