"""Writes iCalendar (RFC 5545), as much of it as a list of moments needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST_LINE = 75
"""Octets, without its end."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
NO_EVENT = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)
"""A calendar must hold something."""


@dataclass(frozen=True)
class Event:
    """`uid` is the same at each reading; `stamp` is when the event last became another one."""

    uid: str
    begin: datetime
    lasts: timedelta
    stamp: datetime
    title: str
    detail: str
    url: str


def calendar(name: str, detail: str, refresh: timedelta, events: Iterable[Event]) -> bytes:
    """The whole file. Texts may be anything; times are aware."""
    inside = [line for event in events for line in _event(event)]
    every = f"PT{refresh // timedelta(minutes=1)}M"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Skydeck//Schedules//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(name)}",
        f"X-WR-CALDESC:{text(detail)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{every}",
        f"X-PUBLISHED-TTL:{every}",
        *(inside or NO_EVENT),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def text(value: str) -> str:
    """A value of type TEXT: what would end it or begin another one is escaped."""
    plain = CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"[\\;,\n]", lambda found: ESCAPED[found[0]], plain)


def folded(line: str) -> bytes:
    """A content line with its end; what is longer than a line goes on in the next ones."""
    return b"\r\n ".join(_pieces(line)) + b"\r\n"


def _pieces(line: str) -> Iterator[bytes]:
    """No character is torn apart; the following lines begin with a space."""
    piece, room = b"", LONGEST_LINE
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > room:
            yield piece
            piece, room = b"", LONGEST_LINE - 1
        piece += octets
    yield piece


def _event(event: Event) -> list[str]:
    minutes = max(1, -(-event.lasts // timedelta(minutes=1)))
    return [
        "BEGIN:VEVENT",
        f"UID:{text(event.uid)}",
        f"DTSTAMP:{_utc(event.stamp)}",
        f"DTSTART:{_utc(event.begin)}",
        f"DURATION:PT{minutes}M",
        f"SUMMARY:{text(event.title)}",
        f"DESCRIPTION:{text(event.detail)}",
        f"URL:{event.url}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
