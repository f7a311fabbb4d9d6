"""Leases and freshness of the refreshes: one worker at a time, back-off, one circuit for all.

Each refresh of the mirror is a `Feed` row. One more row, "api", is the circuit breaker: it counts
the failures in a row of any of them, and while it is open a single feed probes.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from dashboard import leases
from dashboard.models import Feed
from dashboard.skyvern.errors import SkyvernError, Unsupported

log = logging.getLogger(__name__)

FEEDS = ("live", "newest", "details", "history", "workflows", "schedules")
API = "api"
FRESH = ("live", "newest")
"""The feeds whose success makes the run table current."""
OPENS_AT = 3
STALE_AFTER = timedelta(seconds=20)
LONGEST_WAIT = 60.0
ABSURD = timedelta(seconds=2 * LONGEST_WAIT)
"""A lease or a wait that ends later than this was written under a clock that has jumped since."""


# Every few seconds for each feed: the ORM would compile two queries for it.
_TAKE = f"""
    UPDATE dashboard_feed
    SET lease_owner = %(owner)s, lease_until = %(until)s, attempted_at = %(now)s
    WHERE name = %(name)s AND {leases.FREE.format("due_at")} AND {leases.FREE.format("lease_until")}
    RETURNING cursor
"""  # noqa: S608


class LeaseLostError(Exception):
    """Another worker follows: this one was too slow, and stops."""


@dataclass
class Lease:
    """The right to do one refresh, until `until`; `cursor` is kept when the work succeeds."""

    name: str
    owner: str
    seconds: float
    until: datetime
    cursor: dict[str, Any] = field(default_factory=dict)
    latency_ms: float | None = None
    note: str = ""

    def call[**P, T](self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one API call: timed, and under a lease that has at least half its time left."""
        if self.until - timezone.now() < timedelta(seconds=self.seconds / 2):
            self.renew()
        began = time.monotonic()
        answer = ask(*args, **kwargs)
        self.latency_ms = (time.monotonic() - began) * 1000
        return answer

    def renew(self) -> None:
        until = timezone.now() + timedelta(seconds=self.seconds)
        if not self._own().update(lease_until=until):
            raise LeaseLostError(self.name)
        self.until = until

    def save_cursor(self) -> None:
        """Keep how far the work has come, so that a killed worker's follower goes on there."""
        if not self._own().update(cursor=self.cursor):
            raise LeaseLostError(self.name)

    def _own(self) -> Any:
        return Feed.objects.filter(pk=self.name, lease_owner=self.owner)


@contextmanager
def claim(name: str, lease: float = 30, *, asks_api: bool = True) -> Iterator[Lease | None]:
    """Do one refresh if it is due and nobody else does it; None if not. `lease` in seconds.

    Work that does not ask the API goes on while the circuit is open, and is no probe.

    An API error in the body ends it, is recorded on the feed and goes no further: the next tick
    after the back-off tries again. A defect of ours is recorded too, and raised.
    """
    held = _take(name, lease, asks_api=asks_api)
    if held is None:
        yield None
        return
    try:
        yield held
    except Unsupported as exc:
        held.note = exc.message
        _succeeded(held)
    except SkyvernError as exc:
        log.warning("feed %s: %s", name, exc.message)
        _failed(held, exc.message, retry_after=exc.retry_after, is_api=True)
    except LeaseLostError:
        log.warning("feed %s: the lease ran out and another worker took it", name)
    except BaseException as exc:
        _failed(held, f"{type(exc).__name__} in Skydeck; see its log.")
        raise
    else:
        _succeeded(held)


def _take(name: str, seconds: float, *, asks_api: bool) -> Lease | None:
    now = timezone.now()
    owner, until = uuid4().hex, now + timedelta(seconds=seconds)
    cursor = _taken(name, owner, until, now)
    if cursor is None and _ensured(name):
        cursor = _taken(name, owner, until, now)
    if cursor is None:
        return None
    if asks_api and not _may_call(now):
        Feed.objects.filter(pk=name, lease_owner=owner).update(lease_owner="", lease_until=None)
        return None
    return Lease(name, owner, seconds, until, cursor)


def _taken(name: str, owner: str, until: datetime, now: datetime) -> dict[str, Any] | None:
    """Take the row if it is due and free; its cursor."""
    adapt = connection.ops.adapt_datetimefield_value
    moments = {"until": adapt(until), "now": adapt(now), "absurd": adapt(now + ABSURD)}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"name": name, "owner": owner, **moments})
        taken = cursor.fetchall()  # to its end, at which SQLite commits
    return json.loads(taken[0][0]) if taken else None


def _due(now: datetime) -> Q:
    return leases.free(now, ABSURD, "due_at")


def _ensured(name: str) -> bool:
    """Whether the row had to be made."""
    return Feed.objects.get_or_create(pk=name)[1]


def _may_call(now: datetime) -> bool:
    """Whether the circuit is closed, or this is the one that probes."""
    circuit = Feed.objects.filter(pk=API)
    if not circuit.filter(failures__gte=OPENS_AT).exists():
        return True
    probe_until = now + timedelta(seconds=LONGEST_WAIT / 2)
    return bool(circuit.filter(_due(now)).update(due_at=probe_until))


def _succeeded(held: Lease) -> None:
    now = timezone.now()
    held._own().update(
        lease_owner="",
        lease_until=None,
        due_at=None,
        succeeded_at=now,
        failures=0,
        error=held.note,
        cursor=held.cursor,
        **({} if held.latency_ms is None else {"latency_ms": held.latency_ms}),
    )
    if held.latency_ms is not None:
        _close_circuit(now)


def _close_circuit(now: datetime) -> None:
    """The API answers: if it did not for long, nobody needs to wait any more."""
    circuit = Feed.objects.filter(pk=API)
    closed = {"failures": 0, "due_at": None, "error": "", "succeeded_at": now}
    if circuit.filter(failures__gte=OPENS_AT).update(**closed):
        Feed.objects.filter(pk__in=FEEDS).update(due_at=None)
    else:
        circuit.filter(failures__gt=0).update(**closed)


def _failed(
    held: Lease, error: str, *, retry_after: float | None = None, is_api: bool = False
) -> None:
    now = timezone.now()
    own = held._own()
    own.update(failures=F("failures") + 1, error=error)
    own.update(
        lease_owner="",
        lease_until=None,
        cursor=held.cursor,
        due_at=now + _wait(_failures(held.name), retry_after),
    )
    if is_api:
        Feed.objects.get_or_create(pk=API)
        Feed.objects.filter(pk=API).update(failures=F("failures") + 1, error=error)
        wait = _wait(_failures(API), retry_after)
        Feed.objects.filter(pk=API).update(due_at=now + wait, attempted_at=now)


def _failures(name: str) -> int:
    return Feed.objects.values_list("failures", flat=True).get(pk=name)


def _wait(failures: int, retry_after: float | None) -> timedelta:
    """Exponential with jitter, at least what the server asked for, at most a minute."""
    backoff = 2.0 ** min(failures, 6) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return timedelta(seconds=min(LONGEST_WAIT, max(backoff, retry_after or 0.0)))


@dataclass(frozen=True)
class Backfill:
    """How far the first walk through the history has come."""

    runs: int


@dataclass(frozen=True)
class Health:
    """What the freshness line says."""

    state: Literal["fresh", "stale", "down", "never"]
    as_of: datetime | None
    latency_ms: float | None
    error: str
    retry_at: datetime | None
    backfill: Backfill | None
    cursors: Mapping[str, dict[str, Any]]
    """What each refresh left behind when it last succeeded, by its name."""


def health() -> Health:
    """How old the mirror is and how the API answers; one query."""
    now = timezone.now()
    feeds = {feed.name: feed for feed in Feed.objects.all()}
    circuit = feeds.get(API, Feed(name=API))
    fresh = [feeds[name] for name in FRESH if name in feeds and feeds[name].succeeded_at]
    newest = max(fresh, key=lambda feed: feed.succeeded_at or now, default=None)
    as_of = min(newest.succeeded_at, now) if newest and newest.succeeded_at else None
    failing = [feeds[name] for name in FRESH if name in feeds and feeds[name].failures]
    is_down = circuit.failures >= OPENS_AT
    return Health(
        state=_state(now, as_of, is_down=is_down),
        as_of=as_of,
        latency_ms=newest.latency_ms if newest else None,
        error=circuit.error or next((feed.error for feed in failing), ""),
        retry_at=circuit.due_at if is_down else next((feed.due_at for feed in failing), None),
        backfill=_backfill(feeds.get("history")),
        cursors={name: feed.cursor for name, feed in feeds.items()},
    )


def _state(
    now: datetime, as_of: datetime | None, *, is_down: bool
) -> Literal["fresh", "stale", "down", "never"]:
    if is_down:
        return "down"
    if as_of is None:
        return "never"
    return "stale" if now - as_of > STALE_AFTER else "fresh"


def _backfill(history: Feed | None) -> Backfill | None:
    if history is None or not history.cursor or history.cursor.get("done"):
        return None
    return Backfill(runs=int(history.cursor.get("runs", 0)))
