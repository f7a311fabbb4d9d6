"""The filters that apply, each in words and with the address of the table without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.templatetags.ui import duration, shortened
from runs.called import Called
from runs.filters import RunFilter, moment
from runs.models import FailureGroup
from runs.offers import SPAN_WORDS, spelled, status, trigger

LABELS = {
    "status": "Status",
    "agent": "Agent",
    "schedule": "Schedule",
    "trigger": "Started by",
    "error": "Error code",
    "category": "Failure category",
    "failure": "Failure",
    "tag": "Tag",
    "by": "Launched by",
    "last": "Created",
    "since": "From",
    "until": "Until",
    "longer": "Took at least",
    "shorter": "Took at most",
    "text": "Text",
}


@dataclass(frozen=True)
class Chip:
    """`since`: the instant that a relative range begins with now. `problem`: why it is not used."""

    name: str
    label: str
    words: str
    url: str
    since: datetime | None = None
    problem: str = ""


def chips(wanted: RunFilter, called: Called, address: Callable[[RunFilter], str]) -> list[Chip]:
    """In the order of the filter's fields; `address` gives the table's for a filter."""
    return [
        Chip(
            name,
            LABELS[name],
            value if name in wanted.problems else _words(name, value, called),
            address(wanted.without(name)),
            wanted.starts_at if name == "last" else None,
            wanted.problems.get(name, ""),
        )
        for name, value in wanted.given.items()
    ]


def _words(name: str, value: str, called: Called) -> str:
    if name == "agent":
        return called.agents[0][1] or value if len(called.agents) == 1 else value
    if name == "by":
        return called.people[0][1] if len(called.people) == 1 else value
    return WORDS[name](value) if name in WORDS else value


def _time(text: str) -> str:
    """ "23 Nov 2026, 12:00 CET"."""
    at = moment(text)
    return f"{timezone.localtime(at):%-d %b %Y, %H:%M %Z}" if at else text


def _seconds(text: str) -> str:
    return duration(timedelta(seconds=int(text)))


def _failure(text: str) -> str:
    """The beginning of its reason."""
    reason = FailureGroup.objects.filter(pk=int(text)).values_list("reason", flat=True).first()
    return shortened(reason or text, 60)


WORDS: dict[str, Callable[[str], str]] = {
    "failure": _failure,
    "status": status,
    "trigger": trigger,
    "category": spelled,
    "last": SPAN_WORDS.__getitem__,
    "since": _time,
    "until": _time,
    "longer": _seconds,
    "shorter": _seconds,
}
