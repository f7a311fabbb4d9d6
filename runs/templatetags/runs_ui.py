"""What only the pages of runs show: upstream's JSON as a folding tree, time bars, reasons."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import duration, iso, words
from runs import reasons
from runs.models import Run

register = template.Library()
register.filter("sentence", reasons.sentence)
register.filter("status_word", words)

TRIGGERS = {
    "scheduled": ("calendar-clock", "Schedule"),
    "api": ("code", "API"),
    "manual": ("hand", "By hand"),
    "webhook": ("webhook", "Webhook"),
    "mcp": ("plug", "MCP"),
}
MAX_NODES = 600
MAX_CHILDREN = 100
MAX_DEPTH = 10
LONG_TEXT = 160
MAX_TEXT = 4_000
MAX_CHARACTERS = 200_000
MAX_RAW = 100_000


@register.simple_tag
def nonce() -> UUID:
    """Tells one press of a button from another."""
    return uuid4()


@register.filter
def trigger(run: Run) -> tuple[str, str]:
    """Icon and word; an unknown trigger is shown as it came."""
    return TRIGGERS.get(run.trigger_type, ("zap", run.trigger_type))


@register.simple_tag
def run_time(run: Run) -> SafeString:
    """How long it ran; of a live run static/runs.js keeps it going."""
    if run.is_live and run.started_at is not None and run.stuck_at is None:
        return format_html('<span data-since="{}">{}</span>', iso(run.started_at), took(run))
    return format_html("{}", took(run))


def took(run: Run) -> str:
    return duration(run.duration)


@register.simple_tag
def json_tree(value: Any, unfold: int = 2) -> SafeString:
    """Nested <details>, the outer `unfold` levels open; what is too much is counted, not drawn."""
    return format_html('<div class="json">{}</div>', _Tree(unfold).node("", value, 0))


@register.simple_tag
def json_trees(named: list[tuple[str, Any]]) -> list[tuple[str, SafeString]]:
    """A tree for each, all of them within the bounds of one."""
    tree = _Tree(unfold=2)
    return [
        (name, format_html('<div class="json">{}</div>', tree.node("", value, 0)))
        for name, value in named
    ]


@register.filter
def pretty(value: Any) -> str:
    """Indented JSON, cut after MAX_RAW characters."""
    written = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return written if len(written) <= MAX_RAW else written[:MAX_RAW] + "\n…"


@register.filter
def told(value: Any) -> Any:
    """An object without its empty fields: most of a block's output is null."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item not in (None, "", [], {})}


@register.simple_tag
def time_bar(bar: tuple[float, float] | None, status: str) -> SafeString:
    """Where a step's time lies within the run; the figures beside it say the same in words."""
    if bar is None:
        return SafeString("")
    start, width = bar
    return format_html(
        '<svg class="time-bar tone-{}" viewBox="0 0 100 6" preserveAspectRatio="none" '
        'aria-hidden="true">'
        '<rect class="time-bar-rail" width="100" height="6"></rect>'
        '<rect class="time-bar-fill" x="{}" width="{}" height="6"></rect></svg>',
        status or "unknown",
        start,
        min(width, 100 - start),
    )


class _Tree:
    """Draws at most MAX_NODES nodes of MAX_CHARACTERS in all, however large the document."""

    def __init__(self, unfold: int) -> None:
        self.unfold = unfold
        self.room = MAX_NODES
        self.characters = MAX_CHARACTERS

    def node(self, key: str, value: Any, depth: int) -> SafeString:
        self.room -= 1
        if isinstance(value, dict | list) and value:
            return self._branch(key, value, depth)
        return format_html('<div class="json-leaf">{}{}</div>', _key(key), self._leaf(value))

    def _branch(self, key: str, value: dict[str, Any] | list[Any], depth: int) -> SafeString:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        drawn: list[tuple[SafeString]] = []
        for name, item in pairs:
            if len(drawn) >= MAX_CHILDREN or self.room <= 0 or depth >= MAX_DEPTH:
                break
            drawn.append((self.node(str(name), item, depth + 1),))
        more = len(value) - len(drawn)
        kind = "field" if isinstance(value, dict) else "item"
        return format_html(
            '<details{}><summary>{}<span class="json-size">{} {}{}</span></summary>'
            '<div class="json-body">{}{}</div></details>',
            SafeString(" open") if depth < self.unfold else "",
            _key(key),
            len(value),
            kind,
            "" if len(value) == 1 else "s",
            format_html_join("", "{}", drawn),
            _more(more),
        )

    def _leaf(self, value: Any) -> SafeString:
        if isinstance(value, str) and (len(value) > LONG_TEXT or "\n" in value):
            return self._long(value)
        kind = "text" if isinstance(value, str) else "value"
        written = value if isinstance(value, str) else json.dumps(value, default=str)[:MAX_TEXT]
        self.characters -= len(written)
        return format_html('<span class="json-{}">{}</span>', kind, written)

    def _long(self, value: str) -> SafeString:
        shown = value[: max(LONG_TEXT, min(MAX_TEXT, self.characters))]
        self.characters -= len(shown)
        return format_html(
            '<details class="json-long"><summary><span class="json-text">{}…</span>'
            '<span class="json-size">{} characters</span></summary><pre>{}</pre>{}</details>',
            " ".join(value[:LONG_TEXT].split()),
            len(value),
            shown,
            _more(len(value) - len(shown), " characters"),
        )


def _more(left: int, what: str = "") -> SafeString | str:
    if not left:
        return ""
    return format_html('<p class="json-more">… {}{} more.</p>', left, what)


def _key(key: str) -> SafeString | str:
    return format_html('<span class="json-key">{}</span>', key[:200]) if key else ""
