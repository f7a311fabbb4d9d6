"""One call budget for all processes: every API call asks `acquire` first."""

import random
import time

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from dashboard.models import TokenBucket
from dashboard.skyvern.errors import Unavailable

BURST = 5
"""Calls that may follow each other at once after a quiet time."""
MAX_WAIT = 5.0
"""Seconds a caller waits at most for its turn."""


def acquire(name: str = "skyvern") -> None:
    """Wait until one more API call may start: SKYVERN_RATE a second, 0 for no limit.

    Raises Unavailable if the turn does not come within MAX_WAIT, or if the database cannot
    say: then nothing was sent, and calls do not flow unlimited because of a broken database.
    A waiter holds neither lock nor transaction (so call the API outside of `atomic`), and has
    reserved nothing that would be lost with it.
    """
    if settings.SKYVERN_RATE <= 0:
        return
    interval = 1.0 / settings.SKYVERN_RATE
    give_up = time.monotonic() + MAX_WAIT
    while (wait := _take(name, interval)) > 0:
        if time.monotonic() + wait > give_up:
            raise Unavailable("Too many calls to Skyvern are waiting already.", retry_after=wait)
        time.sleep(wait * random.uniform(1.0, 1.5))  # noqa: S311 - spreads the waiters, no secret


def is_quiet(name: str = "skyvern") -> bool:
    """Whether at least half of BURST could start at once: work that can wait goes on only then."""
    if settings.SKYVERN_RATE <= 0:
        return True
    interval, now = 1.0 / settings.SKYVERN_RATE, time.time()
    next_at = TokenBucket.objects.filter(pk=name).values_list("next_at", flat=True).first()
    ahead = (next_at or 0.0) - now
    return ahead <= BURST / 2 * interval or ahead > BURST * interval


def _take(name: str, interval: float) -> float:
    """0.0 if this call may start now, else seconds after which asking again makes sense."""
    try:
        with transaction.atomic():
            return _update(name, interval)
    except DatabaseError as exc:
        raise Unavailable("The database did not answer, so Skyvern was not asked.") from exc


def _update(name: str, interval: float) -> float:
    """GCRA in one conditional UPDATE: `next_at` is when the bucket would be full again.

    A granted call leaves `next_at` at most `ahead` from now, so whatever is further away was
    written before the clock was set back, and counts as now.
    """
    now = time.time()
    tolerance = (BURST - 1) * interval
    ahead = tolerance + interval
    in_turn, impossible = Q(next_at__lte=now + tolerance), Q(next_at__gt=now + ahead)
    start = Case(When(impossible, then=Value(now)), default=Greatest(F("next_at"), Value(now)))
    bucket = TokenBucket.objects.filter(pk=name)
    if bucket.filter(in_turn | impossible).update(next_at=start + interval):
        return 0.0
    next_at = bucket.values_list("next_at", flat=True).first()
    if next_at is None:
        TokenBucket.objects.bulk_create([TokenBucket(name=name)], ignore_conflicts=True)
        return _update(name, interval)
    return max(next_at - tolerance - now, interval / 10)
