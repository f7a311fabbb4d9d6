"""Rows that one worker at a time has: the part of a lease that all of them share."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q


def free(now: datetime, absurd: timedelta, name: str = "lease_until") -> Q:
    """Nobody's at `now`: never taken, or not given back in time.

    What ends later than `absurd` from now was written under a clock that has jumped since.
    """
    return Q(**{name: None}) | Q(**{f"{name}__lte": now}) | Q(**{f"{name}__gt": now + absurd})


FREE = "({0} IS NULL OR {0} <= %(now)s OR {0} > %(absurd)s)"
"""The same in plain SQL, of that column; `absurd` is the moment."""
