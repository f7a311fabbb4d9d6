"""The refresh of schedules and the keeping of their ledger, as Celery tasks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from dashboard import feeds
from dashboard.connect import connect
from dashboard.models import Feed
from dashboard.skyvern.errors import NotFound, Unsupported
from schedules import mirror, reckoning, silence
from schedules.actions import making_up
from schedules.ledger import expecting, settling, watching
from schedules.models import Schedule
from schedules.pausing import noting, waking, working

PAGE = 100
OVERLAP = timedelta(minutes=5)
"""What the mirror was asked for and had not written yet, at the ledger's last look."""
CLOCKS = timedelta(minutes=1)
"""Skyvern's may be behind ours by so much."""
SWEEP = timedelta(hours=1)
"""So often the ledger looks at all schedules again, and at the runs of the last RECENT."""
RECENT = timedelta(hours=3)
SEARCH = timedelta(hours=12)
"""So often it looks at the runs of all fires that are open."""
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
            noting.forget_stale(timezone.now())


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
        now, cursor = timezone.now(), lease.cursor
        looked_at, settled_to = _moment(cursor, "looked_at"), _moment(cursor, "settled_to")
        cursor["has_history"] = cursor.get("has_history") or _has_history()
        is_search = not cursor["has_history"] or _is_over(cursor, "searched_at", SEARCH, now)
        is_sweep = is_search or _is_over(cursor, "swept_at", SWEEP, now)
        changed_since = None if is_sweep or looked_at is None else looked_at - OVERLAP
        if expecting.look_ahead(now, changed_since):
            is_search = is_sweep = True
        making_up.tie_found()
        watched = watching.watch(now, looked_at)
        if watched is not None:
            back = RECENT if is_sweep else CLOCKS
            since = None if is_search or settled_to is None else settled_to - back
            settled = settling.settle(now, watched, since)
            _note_silence(cursor, now, is_news=is_sweep or settled.missed > 0)
            cursor["settled_to"] = watched.isoformat()
            if is_sweep:
                cursor["swept_at"] = now.isoformat()
            if is_search:
                cursor["searched_at"] = now.isoformat()
        cursor["looked_at"] = now.isoformat()


def _note_silence(cursor: dict[str, Any], now: datetime, *, is_news: bool) -> None:
    """For the pages. None begins while nothing is missed, but one may be over."""
    is_told = cursor.get("silence", {}).get("told")
    found = silence.silence(now) if is_news or is_told else None
    cursor["silence"] = silence.noted(found, now)


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


def _has_history() -> bool:
    """Whether the runs of long ago have been read."""
    return Feed.objects.filter(pk="history", cursor__done=True).exists()


def _is_over(cursor: dict[str, Any], name: str, each: timedelta, now: datetime) -> bool:
    """Whether so much has passed since then, or the clock was set back by as much."""
    last = _moment(cursor, name)
    return last is None or abs(now - last) >= each


def _moment(cursor: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(cursor[name]) if cursor.get(name) else None
