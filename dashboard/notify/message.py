"""What a notification tells, before it takes the form that its channel wants."""

from __future__ import annotations

from typing import TypedDict, cast

from dashboard.models import Notification


class Event(TypedDict):
    """One thing that happened. Texts are plain; `at` is ISO 8601 in UTC; a link may be "".

    What is not about a run has neither its id nor its status. `path` is the link within Skydeck.
    """

    kind: str
    title: str
    reason: str
    run_id: str
    status: str
    agent: str
    at: str
    path: str
    url: str


class Document(TypedDict):
    """`more` counts the events that are not listed; `tone` is good, bad or plain."""

    title: str
    rule: str
    tone: str
    url: str
    events: list[Event]
    more: int


def document_of(notification: Notification) -> Document:
    return cast("Document", notification.document)


def trial(channel: str, by: str) -> Document:
    return {
        "title": f"A test from Skydeck to {channel}",
        "rule": f"Sent by {by}, to see that it arrives.",
        "tone": "plain",
        "url": "",
        "events": [],
        "more": 0,
    }
