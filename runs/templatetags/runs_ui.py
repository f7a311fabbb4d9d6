"""What only the pages of runs show: upstream's JSON as a folding tree, reasons."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import duration, iso, words
from runs import reasons
from runs.models import Run
from runs.outputs import Document
from runs.outputs.tree import Tree

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
    return Tree(unfold).whole(Document.of(value).root)


@register.filter
def pretty(value: Any) -> str:
    """Indented JSON, cut after MAX_RAW characters; no more of it than that is written."""
    encoder = json.JSONEncoder(indent=2, ensure_ascii=False, default=str)
    written, size = [], 0
    for chunk in encoder.iterencode(value):
        written.append(chunk)
        size += len(chunk)
        if size > MAX_RAW:
            return "".join(written)[:MAX_RAW] + "\n…"
    return "".join(written)


@register.filter
def told(value: Any) -> Any:
    """An object without its empty fields: most of a block's output is null."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item not in (None, "", [], {})}
