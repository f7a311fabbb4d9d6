"""Runs of which every text is hostile, told as Skyvern tells it; and what a page may not have."""

from __future__ import annotations

from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from dashboard.skyvern import schema
from runs import mirror
from runs.models import Run

ELEMENTS = {
    *("q", "use"),
    *("html", "head", "meta", "title", "link", "script", "body", "div", "span", "aside"),
    *("strong", "nav", "a", "ul", "ol", "li", "i", "b", "section", "header", "main", "h1"),
    *("h2", "h3", "p", "form", "input", "button", "label", "select", "option", "optgroup"),
    *("textarea", "details", "summary", "dl", "dt", "dd", "pre", "code", "bdi", "mark"),
    *("time", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "figure"),
    *("figcaption", "img", "video", "svg", "rect", "line", "path", "polyline", "polygon"),
    *("circle", "g", "text", "template", "dialog", "kbd", "small", "output", "fieldset"),
    *("legend", "hr", "br", "em", "abbr", "footer", "article", "datalist", "progress"),
    *("col", "colgroup"),
}
"""What our templates are made of; none of the corpus may add to it."""
ADDRESSES = ("href", "src", "action", "formaction", "poster", "hx-get", "hx-post", "data", "srcdoc")
PERIOD = timedelta(minutes=1)


def row(run_id: str, text: str, at: datetime) -> dict[str, Any]:
    """Of the list of runs."""
    return {
        "workflow_run_id": run_id,
        "workflow_permanent_id": "wpid_evil",
        "workflow_title": text,
        "status": "failed",
        "failure_reason": text,
        "failure_category": [{"category": text, "confidence_float": 0.5, "reasoning": text}],
        "webhook_failure_reason": text,
        "trigger_type": text,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "finished_at": (at + PERIOD).isoformat(),
        "modified_at": (at + PERIOD).isoformat(),
    }


def detail(run_id: str, text: str, at: datetime) -> dict[str, Any]:
    return row(run_id, text, at) | {
        "workflow_id": "wpid_evil",
        "parameters": {text: text, "list": [text, {text: [text]}]},
        "outputs": {text: text, "extracted_information": {text: [text]}, "x_output": text},
        "errors": [{"error_code": text, "reasoning": text, "error_type": text}],
        "attempts": [{"attempt": text, "failure_reason": text}],
        "downloaded_files": [{"filename": text, "artifact_id": f"a_{run_id}_file", "url": text}],
    }


def agent(text: str) -> dict[str, Any]:
    parameter = {
        "parameter_type": "workflow",
        "workflow_parameter_type": "string",
        "key": text,
        "description": text,
        "default_value": text,
    }
    return {
        "workflow_permanent_id": "wpid_evil",
        "title": text,
        "description": text,
        "status": text,
        "workflow_definition": {"parameters": [parameter], "blocks": [{"label": text}]},
    }


def timeline(text: str, at: datetime) -> list[dict[str, Any]]:
    action = {
        "action_id": text,
        "action_type": text,
        "status": text,
        "reasoning": text,
        "intention": text,
        "response": text,
        "created_at": at.isoformat(),
    }
    known = {
        "workflow_run_block_id": text,
        "label": text,
        "block_type": text,
        "status": "failed",
        "failure_reason": text,
        "current_value": text,
        "current_index": 0,
        "error_codes": [text],
        "output": {text: text},
        "navigation_goal": text,
        "url": text,
        "created_at": at.isoformat(),
        "actions": [action],
    }
    return [{"type": "block", "block": known, "children": [], "created_at": at.isoformat()}]


def artifacts(run_id: str, at: datetime) -> list[dict[str, Any]]:
    kinds = ("screenshot_final", "browser_console_log", "har", "html_scrape", "recording")
    return [
        {"artifact_id": f"a_{run_id}_{kind}", "artifact_type": kind, "created_at": at.isoformat()}
        for kind in kinds
    ]


def mirrored(run_id: str, text: str, *, minute: int = 0, **more: Any) -> Run:
    """A failed run with this text wherever Skyvern tells a text, watched so that none asks for it.

    `more` are fields of its detail.
    """
    at = timezone.now().replace(microsecond=0) - timedelta(days=1) + minute * PERIOD
    now = timezone.now()
    mirror.save_runs([schema.read(schema.WorkflowRun, row(run_id, text, at))], seen_at=now)
    mirror.save_detail(
        run_id,
        run=None,
        rich=schema.read(schema.WorkflowRunDetail, detail(run_id, text, at) | more),
        timeline=[schema.read(schema.TimelineItem, item) for item in timeline(text, at)],
        artifacts=[schema.read(schema.Artifact, item) for item in artifacts(run_id, at)],
        seen_at=now,
    )
    mirror.save_workflows([schema.read(schema.Workflow, agent(text))], seen_at=now)
    mirror.save_tags({run_id: [text, f"key:{text}"]})
    Run.objects.filter(pk=run_id).update(watched_at=now, detail_due=False)
    return Run.objects.get(pk=run_id)


class Page(HTMLParser):
    """What a browser would make elements, handlers and addresses of."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in ELEMENTS:
            self.wrong.append(f"<{tag}>")
        if tag == "script" and not (said.get("src") or "").startswith("/static/"):
            self.wrong.append(f"a script of {said}")
        if tag == "meta" and "http-equiv" in said:
            self.wrong.append(f"meta {said}")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if (
            name.startswith(("on", "hx-on"))
            or name in ("style", "srcdoc", "xlink:href", "ping")
            or any(character in name for character in "\"'<>=")
        ):
            self.wrong.append(f"{tag} {name}={value[:80]!r}")
        if name in ADDRESSES and not is_ours(value):
            self.wrong.append(f"{tag} {name}={value[:80]!r}")


def is_ours(address: str) -> bool:
    """Of this origin: a path, a query or a place on the page."""
    parts = urlsplit(address)
    is_relative = not parts.scheme and not parts.netloc and not address.startswith(("//", "\\"))
    return is_relative and address[:1] in ("/", "?", "#", "")
