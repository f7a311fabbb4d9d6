"""A notification as an incoming webhook of Slack takes it; Mattermost and others take the same.

Source: Slack's "Sending messages using incoming webhooks" and "Formatting text" (the three
characters that are escaped).
"""

from __future__ import annotations

import json
from typing import Any

from dashboard.models import Notification
from dashboard.notify.message import Event, document_of

COLORS = {"bad": "#c4362f", "good": "#2c8a4b", "plain": "#5b6472"}
LONGEST = 1_500


def body(notification: Notification) -> bytes:
    told = document_of(notification)
    last = f"…and {told['more']:,} more" if told["more"] else ""
    attachments = [_attachment(event, told["tone"]) for event in told["events"]]
    footer = " · ".join(filter(None, (last, told["rule"], f"Skydeck {short(notification)}")))
    attachments.append({"fallback": footer, "footer": escaped(footer)})
    text = link(told["url"], told["title"])
    return json.dumps({"text": f"*{text}*", "attachments": attachments}).encode()


def _attachment(event: Event, tone: str) -> dict[str, Any]:
    where = " · ".join(filter(None, (event["agent"], event["run_id"])))
    lines = filter(None, (escaped(event["reason"]), escaped(where)))
    return {
        "color": COLORS.get(tone, COLORS["plain"]),
        "fallback": escaped(event["title"]),
        "title": escaped(event["title"]),
        "text": "\n".join(lines),
        "mrkdwn_in": [],
        **({"title_link": event["url"]} if event["url"] else {}),
    }


def short(notification: Notification) -> str:
    return str(notification.pk)[:8]


def escaped(text: str) -> str:
    """Nothing in it mentions anybody or becomes a link."""
    shown = text[:LONGEST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("*", "\N{ASTERISK OPERATOR}") if "*" in shown else shown


def link(url: str, text: str) -> str:
    return f"<{url}|{escaped(text).replace('|', '/')}>" if url else escaped(text)
