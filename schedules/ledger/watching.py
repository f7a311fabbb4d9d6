"""Notes when nobody looked: what was due meanwhile cannot simply be said to have been missed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import connection

from runs.mirror.writing import writing
from schedules.models import Gap

SILENCE = timedelta(minutes=3)
"""Longer than that without a look is a gap: no feed waits as long for its next try."""
OUTAGE = timedelta(seconds=30)
"""So long without an answer is one as well, where it is known that the API fails."""
UNREAD = ("{}", 0, False)
"""What stands for the row of a refresh that has not run yet."""
_READ = """
    SELECT cursor, failures, EXISTS (SELECT 1 FROM schedules_gap AS gap WHERE gap."end" IS NULL)
    FROM dashboard_feed WHERE name = 'newest'
"""
LISTING = timedelta(seconds=5)
"""A run may be dated so much before the list has it."""


def watch(now: datetime, looked_at: datetime | None) -> datetime | None:
    """Until when all runs are mirrored; None if that is not known. Keeps the gaps up to date.

    `looked_at`: when this was last called.
    """
    read, failures, is_gap = _read()
    patience = OUTAGE if failures else SILENCE
    was_away = looked_at is not None and now - looked_at > SILENCE
    if was_away or is_gap or read is None or now - read > patience:
        _note(now, read, patience, looked_at if was_away else None)
    return None if read is None else read - LISTING


def _note(
    now: datetime, read: datetime | None, patience: timedelta, away_since: datetime | None
) -> None:
    with writing("ledger"):
        if away_since is not None:
            Gap.objects.create(begin=away_since, end=now, why=Gap.Why.STOPPED)
        stopped = Gap.objects.filter(why=Gap.Why.STOPPED).values_list("end", flat=True).first()
        silent_since = max((at for at in (read, stopped) if at), default=now)
        unreachable = Gap.objects.filter(end=None, why=Gap.Why.UNREACHABLE)
        if now - silent_since <= patience:
            unreachable.update(end=silent_since)
        elif not unreachable.exists():
            Gap.objects.create(begin=silent_since, why=Gap.Why.UNREACHABLE)


def mirrored() -> datetime | None:
    """Until when all runs are mirrored; None if that is not known."""
    read, *_ = _read()
    return None if read is None else read - LISTING


def _read() -> tuple[datetime | None, int, bool]:
    """When the last reading of the newest runs began, how often none succeeded since, and whether
    there is a gap that goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        walked, failures, goes_on = cursor.fetchone() or UNREAD
    read_at = json.loads(walked).get("read_at")
    return datetime.fromisoformat(read_at) if read_at else None, failures, bool(goes_on)
