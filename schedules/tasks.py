"""The refresh of schedules and the keeping of their ledger, as Celery tasks."""

from __future__ import annotations

import random
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from dashboard import feeds
from dashboard.connect import connect
from dashboard.skyvern.errors import NotFound, Unsupported
from schedules import mirror, reckoning
from schedules.actions import making_up
from schedules.ledger import expecting, settling, watching
from schedules.models import Schedule
from schedules.pausing import noting, waking, working

PAGE = 100
CHECKS = 20
"""Single calls a tick, to make sure that a schedule is really gone."""


@shared_task
def refresh_schedules() -> None:
    """All schedules with their next fire, and which of them upstream deleted."""
    with feeds.claim("schedules") as lease:
        if lease is None:
            return
        try:
            listed = _list(lease)
        except Unsupported:
            lease.note = "Schedules are off on this Skyvern server."
        else:
            _check(lease, listed)


def _list(lease: feeds.Lease) -> set[str]:
    """Mirror every page of the organisation's list; the ids."""
    listed: set[str] = set()
    for page in range(1, 1001):
        asked = timezone.now()
        found = lease.call(connect().schedules, page=page, page_size=PAGE).schedules
        mirror.save_schedules(found, seen_at=asked)
        listed |= {schedule.workflow_schedule_id for schedule in found}
        if len(found) < PAGE:
            break
    return listed


def _check(lease: feeds.Lease, listed: set[str]) -> None:
    """What the list lacks may have slipped between two pages: ask for it by its id."""
    present = Schedule.objects.present().values_list("schedule_id", "workflow_id")
    absent = [(pk, wpid) for pk, wpid in present if pk not in listed]
    for schedule_id, wpid in random.sample(absent, min(len(absent), CHECKS)):
        asked = timezone.now()
        try:
            found = lease.call(connect().schedule, wpid, schedule_id)
        except NotFound:
            mirror.mark_deleted([schedule_id], timezone.now())
        else:
            next_run = min(found.next_runs, default=None)
            mirror.save_schedule(found.schedule, next_run=next_run, seen_at=asked)


@shared_task
def keep_ledger() -> None:
    """Write the fires to come, and settle those whose time has come."""
    with feeds.claim("ledger", asks_api=False) as lease:
        if lease is None:
            return
        now, looked_at = timezone.now(), lease.cursor.get("looked_at")
        expecting.look_ahead(now)
        noting.forget_stale(now)
        making_up.tie_found()
        watched = watching.watch(now, datetime.fromisoformat(looked_at) if looked_at else None)
        if watched is not None:
            settling.settle(now, watched)
        lease.cursor["looked_at"] = now.isoformat()


@shared_task
def end_pauses() -> None:
    """Resume the schedules that were paused until now."""
    if not waking.due(timezone.now()).exists():
        return
    with feeds.claim("pauses") as lease:
        if lease:
            waking.wake(lease)


@shared_task
def work_bulks() -> None:
    """A slice of what is done to many schedules; one more if there is more to do."""
    if working.work():
        work_bulks.delay()


@shared_task
def reckon_hours() -> None:
    """Of the coming fortnight, how much fires when."""
    with feeds.claim("hours", lease=120, asks_api=False) as lease:
        if lease:
            reckoning.reckon(lease, timezone.now())
