"""What Skyvern has to choose from, by name. A page asks for it, so it is never waited for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.core.cache import cache
from django.template.defaultfilters import date
from django.utils import timezone

from dashboard.connect import connect
from dashboard.skyvern import Skyvern, errors

type Choices = list[tuple[str, str]]

PATIENCE = 2.0
SECONDS = 60


def credentials() -> Choices | None:
    """(id, name) pairs; None where Skyvern does not tell. No secret is in them."""
    return _known(
        "credentials",
        lambda api: [(found.credential_id, found.name) for found in api.credentials()],
    )


def browser_profiles() -> Choices | None:
    return _known(
        "profiles",
        lambda api: [
            (found.browser_profile_id, found.name or "") for found in api.browser_profiles()
        ],
    )


def browser_sessions() -> Choices | None:
    """Those that are open now, told apart by when they began."""
    return _known(
        "sessions",
        lambda api: [
            (found.browser_session_id, _said(found.status, found.started_at or found.created_at))
            for found in api.browser_sessions()
        ],
    )


def _said(status: str | None, since: datetime | None) -> str:
    parts = [status or "open"]
    if since:
        parts.append(f"since {date(timezone.localtime(since), 'H:i')}")
    return " ".join(parts).capitalize()


def _known(what: str, ask: Callable[[Skyvern], Choices]) -> Choices | None:
    """Remembered for a minute, an unanswered question too."""

    def answer() -> tuple[Choices | None]:
        try:
            return (ask(connect(patience=PATIENCE)),)
        except errors.SkyvernError:
            return (None,)

    found = cast("tuple[Choices | None]", cache.get_or_set(f"choices-{what}", answer, SECONDS))
    return found[0]
