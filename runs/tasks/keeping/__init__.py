"""Keeps files of runs that have ended, so that they outlive Skyvern's own retention."""

from __future__ import annotations

import logging
import time

from dashboard import feeds, limits
from dashboard.feeds import Lease
from runs.files import standing, store
from runs.tasks.jobs.slots import Slots
from runs.tasks.keeping import finding, identity, lease, retention, sweeping
from runs.tasks.keeping.fetching import carry_out

log = logging.getLogger(__name__)

MOST_FILES = 40
MOST_SECONDS = 5.0
"""After which a slice takes up no more."""
GIVES_WAY = 0.1
"""Seconds after which it is looked again whether the refreshes leave calls to make."""
SLICE = Slots()
"""One at a time in each process."""


def work() -> None:
    """A slice: what is due, the newest runs' first. Refreshes go before all of it but its first."""
    if not store.is_on() or feeds.health().state == "down":
        return
    with SLICE.one() as is_free:
        if is_free and _is_there():
            _slice(stop=time.monotonic() + MOST_SECONDS)


def _is_there() -> bool:
    try:
        return identity.is_settled()
    except OSError as error:
        log.warning("no files are kept: %s", error)
        return False


def _slice(*, stop: float) -> None:
    for number in range(MOST_FILES):
        if number and not _is_our_turn(stop):
            return
        row = lease.claim()
        if row is None or not carry_out(row):
            return


def _is_our_turn(stop: float) -> bool:
    while time.monotonic() < stop:
        if limits.is_quiet():
            return True
        time.sleep(GIVES_WAY)
    return False


def tidy(held: Lease) -> None:
    """Find what was missed, let go what is too much, and put right what does not match.

    `cursor`: before (the place that the search has come to), finished, shelf, and whose it is.
    """
    finding.catch_up(held.cursor)
    try:
        identity.settle(held)
        retention.apply()
        sweeping.sweep(held.cursor)
    except OSError as error:
        held.note = f"The store of kept files cannot be used: {error}"
    else:
        held.note = standing.told()
