"""Why a run failed, in the order a person asks: what, how sure, where, what was on screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dashboard.templatetags.ui import shortened
from runs.models import Run, RunDetail
from runs.reasons import sentence
from runs.timeline import Step, Timeline
from runs.timeline.values import objects, percent, text, words

MOST_CATEGORIES, LONGEST_NAME = 20, 120
SETUP = ("Setup workflow failed", "Failed to initialize workflow run context")
"""How the reason of a run begins that failed before its first step."""


@dataclass(frozen=True)
class Category:
    name: str
    percent: int | None
    reasoning: str


@dataclass(frozen=True)
class Failure:
    sentence: str
    full: str
    in_setup: bool = False
    categories: list[Category] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    """From the failing block down to its failing action; [] if the timeline shows none."""

    @property
    def says_more(self) -> bool:
        return self.full.strip() != self.sentence


def of_run(run: Run, detail: RunDetail | None, timeline: Timeline) -> Failure | None:
    """None for a run that did not fail."""
    if run.phase != Run.Phase.FAILED and not (run.retry_pending and run.failure_reason):
        return None
    reason = run.failure_reason or next(
        (step.reason for step in reversed(timeline.failing) if step.reason), ""
    )
    return Failure(
        sentence=sentence(reason) or "Skyvern gave no reason.",
        full=reason,
        in_setup=reason.startswith(SETUP),
        categories=_categories(detail.categories if detail else []),
        errors=_errors(detail.errors if detail else [], reason),
        path=timeline.failing,
    )


def _categories(found: Any) -> list[Category]:
    named = [item for item in objects(found) if item.get("category")]
    surest = sorted(named, key=lambda item: -(_sure(item) or 0))[:MOST_CATEGORIES]
    return [
        Category(_name(item["category"]), _sure(item), text(item.get("reasoning")))
        for item in surest
    ]


def _name(category: Any) -> str:
    return words(shortened(text(category), LONGEST_NAME).lower())


def _sure(category: dict[str, Any]) -> int | None:
    return percent(category.get("confidence_float"))


def _errors(found: Any, reason: str) -> list[tuple[str, str]]:
    """Code and reasoning; the latter not where it only says the run's reason again."""
    told = [(text(item.get("error_code")), text(item.get("reasoning"))) for item in objects(found)]
    return [(code or "error", "" if why and why in reason else why) for code, why in told]
