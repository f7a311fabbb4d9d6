"""Reads all workflows, and finds those that upstream deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern.errors import NotFound
from runs import mirror
from runs.models import Workflow

PAGE = 100
CHECKS = 5
"""Single calls a tick, for workflows that no list has."""
CHECK_EVERY = timedelta(hours=1)
"""Some are never listed (templates, generated ones): those are looked up this often."""


def refresh(lease: Lease) -> None:
    listed: set[str] = set()
    for page in range(1, 1001):
        asked = timezone.now()
        found = lease.call(connect().workflows, page=page, page_size=PAGE)
        mirror.save_workflows(found, seen_at=asked)
        listed |= {workflow.workflow_permanent_id for workflow in found}
        if len(found) < PAGE:
            break
    present = Workflow.objects.filter(deleted_at=None).values_list("wpid", flat=True)
    _check(lease, set(present) - listed)


def _check(lease: Lease, absent: set[str]) -> None:
    """Ask for each by its id; `cursor["unlisted"]` remembers when."""
    now = timezone.now()
    checked: dict[str, str] = lease.cursor.get("unlisted", {})
    checked = {wpid: at for wpid, at in checked.items() if wpid in absent}
    lease.cursor["unlisted"] = checked
    old = [
        wpid
        for wpid in sorted(absent)
        if wpid not in checked or abs(now - datetime.fromisoformat(checked[wpid])) > CHECK_EVERY
    ]
    for wpid in old[:CHECKS]:
        try:
            mirror.save_workflows([lease.call(connect().workflow, wpid)], seen_at=now)
            checked[wpid] = now.isoformat()
        except NotFound:
            mirror.mark_workflows_deleted([wpid], timezone.now())
