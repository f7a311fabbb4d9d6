"""What the filter panel offers: few choices as lists; where there may be hundreds, as one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db.models import Q

from dashboard.skyvern.schema import STATUSES
from dashboard.templatetags.ui import words
from runs.distinct import distinct
from runs.filters import GROUPS, LONGEST, ONLY, SPANS, RunFilter
from runs.models import Workflow
from runs.templatetags.runs_ui import TRIGGERS

type Pairs = list[tuple[str, str]]

MOST = 12
"""Suggestions at a time."""
KNOWN_SECONDS = 20
SPAN_WORDS = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
}


def offers(wanted: RunFilter) -> dict[str, Pairs]:
    """Filter → (value, words) pairs; the value that is filtered by is always among them."""
    found = {
        "status": [(value, status(value)) for value in _statuses()],
        "last": [(value, SPAN_WORDS[value]) for value in SPANS],
        "trigger": [(value, trigger(value)) for value in _known("trigger_type")],
        "category": [(value, spelled(value)) for value in _known("category")],
    }
    return {name: _with(getattr(wanted, name), pairs) for name, pairs in found.items()}


def suggested(name: str, text: str) -> Pairs:
    """(value, label) pairs for what was typed of "agent", "by" or "error"; KeyError for others.

    The value is what people call it; its id where that name would not say which one is meant, or
    where it is the id that was typed. The label is empty where the value says it all.
    """
    return SOUGHT[name](text)[:MOST]


def status(value: str) -> str:
    """ "All failures", "Failed only", "Not completed"."""
    if value == "!failed":
        return "No failures"
    plain = value.removeprefix("!")
    said = GROUPS.get(plain) or (f"{words(ONLY[plain])} only" if plain in ONLY else words(plain))
    return f"Not {said[:1].lower()}{said[1:]}" if plain != value else said


def trigger(value: str) -> str:
    return TRIGGERS[value][1] if value in TRIGGERS else value


def spelled(value: str) -> str:
    """ "AUTH_FAILURE" → "Auth failure"."""
    return value.replace("_", " ").capitalize()


def _statuses() -> list[str]:
    """Any status, and what people leave out; the address takes "!" before every one."""
    only = {status: name for name, status in ONLY.items()}
    each = (only.get(status, status) for status in STATUSES)
    return [*GROUPS, *each, *(f"!{value}" for value in (*GROUPS, "completed", "canceled"))]


def _known(column: str) -> list[str]:
    """Looked up now and then: a page is not made slower by a list that hardly ever changes."""
    found = cache.get_or_set(f"known-{column}", lambda: distinct(column), KNOWN_SECONDS)
    return list(found or ())


def _agents(text: str) -> Pairs:
    meant = Q(title__icontains=text) | Q(wpid__istartswith=text)
    found = Workflow.objects.filter(meant).order_by("title", "wpid")
    pairs = list(found.values_list("wpid", "title")[: MOST + 1])
    titles = [title.casefold() for _, title in pairs]

    def is_clear(title: str) -> bool:
        sendable = title == title.strip() and 0 < len(title) <= LONGEST and title.isprintable()
        return sendable and titles.count(title.casefold()) == 1 and text in title.casefold()

    text = text.casefold()
    return [
        (title, "") if is_clear(title) else (wpid, f"{title} · {wpid}") for wpid, title in pairs
    ]


def _people(text: str) -> Pairs:
    launched = get_user_model().objects.filter(launches__isnull=False, username__icontains=text)
    names = launched.order_by("username").values_list("username", flat=True).distinct()
    return [(name, "") for name in names[:MOST]]


def _errors(text: str) -> Pairs:
    return [(code, "") for code in distinct("error_code") if text.casefold() in code.casefold()]


SOUGHT: dict[str, Callable[[str], Pairs]] = {"agent": _agents, "by": _people, "error": _errors}


def _with(chosen: Any, found: Pairs) -> Pairs:
    if not chosen or any(value == chosen for value, _ in found):
        return found
    return [*found, (chosen, chosen)]
