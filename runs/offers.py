"""What the filter form offers to choose from."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from dashboard.skyvern.schema import STATUSES
from runs.distinct import distinct
from runs.filters import GROUPS, SPANS, RunFilter
from runs.models import Workflow

MOST_AGENTS = 40
SPAN_WORDS = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
}


def offers(wanted: RunFilter) -> dict[str, Any]:
    """Filter → (value, words) pairs; the value that is filtered by is always among them."""
    return {
        "status": _statuses(wanted.status),
        "agent": _with(wanted.agent, _agents()),
        "last": [(name, SPAN_WORDS[name]) for name in SPANS],
        "trigger": _with(wanted.trigger, _pairs(distinct("trigger_type"))),
        "category": _with(wanted.category, _pairs(distinct("category"))),
        "error": _with(wanted.error, _pairs(distinct("error_code"))),
        "by": _people(),
    }


def _statuses(chosen: str) -> list[tuple[str, str]]:
    found = list(GROUPS.items()) + _pairs(list(STATUSES))
    found += [(f"!{value}", f"Not {words.lower()}") for value, words in found]
    return _with(chosen, found)


def _agents() -> list[tuple[str, str]]:
    named = Workflow.objects.filter(deleted_at=None).values_list("wpid", "title")
    return [(wpid, title or wpid) for wpid, title in named[:MOST_AGENTS]]


def _people() -> list[tuple[str, str]]:
    found = get_user_model().objects.filter(launches__isnull=False).distinct()
    names = found.order_by("username").values_list("pk", "username")[:100]
    return [(str(pk), name) for pk, name in names]


def _pairs(values: list[str]) -> list[tuple[str, str]]:
    return [(value, value.replace("_", " ").capitalize()) for value in values]


def _with(chosen: str, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if not chosen or any(value == chosen for value, _ in found):
        return found
    return [*found, (chosen, chosen)]
