"""Whether the viewer reads the clock in 24 hours or in 12; a choice that a cookie keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time

COOKIE = "clock"
TWELVE, TWENTY_FOUR = 12, 24
_hours = ContextVar("hours", default=TWENTY_FOUR)


def hours() -> int:
    """12 or 24."""
    return _hours.get()


@contextmanager
def override(chosen: str) -> Iterator[None]:
    """`chosen` comes from a cookie: whatever is not "12" is 24."""
    token = _hours.set(TWELVE if chosen == str(TWELVE) else TWENTY_FOUR)
    try:
        yield
    finally:
        _hours.reset(token)


def told(at: datetime | time) -> str:
    """ "21:05", or "09:05 PM" of 12 hours; with the seconds where there are any."""
    if hours() == TWENTY_FOUR:
        return f"{at:%H:%M:%S}".removesuffix(":00")
    return f"{f'{at:%I:%M:%S}'.removesuffix(':00')} {'AM' if at.hour < TWELVE else 'PM'}"
