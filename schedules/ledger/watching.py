"""Notes when nobody looked: what was due meanwhile cannot simply be said to have been missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.models import Feed
from runs.mirror.writing import writing
from schedules.models import Gap

SILENCE = timedelta(minutes=3)
"""Longer than that without a look is a gap: no feed waits as long for its next try."""
OUTAGE = timedelta(seconds=30)
"""So long without an answer is one as well, where it is known that the API fails."""
READING = timedelta(seconds=30)
"""A run that was created while the list was being read may not be in it."""


def watch(now: datetime, looked_at: datetime | None) -> datetime | None:
    """Until when all runs are mirrored; None if that is not known. Keeps the gaps up to date.

    `looked_at`: when this was last called.
    """
    read, failures = _read()
    patience = OUTAGE if failures else SILENCE
    was_away = looked_at is not None and now - looked_at > SILENCE
    if was_away or read is None or now - read > patience or Gap.objects.filter(end=None).exists():
        _note(now, read, patience, looked_at if was_away else None)
    return None if read is None else read - READING


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
    read, _ = _read()
    return None if read is None else read - READING


def _read() -> tuple[datetime | None, int]:
    """When the newest runs were last read, and how often they could not be since."""
    told = Feed.objects.filter(pk="newest").values_list("succeeded_at", "failures").first()
    return told or (None, 0)
