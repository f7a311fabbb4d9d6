"""What the frame around every page needs; all of it is computed only if a template asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from dashboard import feeds

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    label: str
    icon: str
    url_name: str
    permission: str = ""
    key: str = ""
    counts: str = ""


PLACES = (
    Place("Overview", "layout-dashboard", "overview", "runs.view_run", "o"),
    Place("Runs", "play", "runs:run_list", "runs.view_run", "r", counts="live_runs"),
    Place(
        "Failures",
        "circle-x",
        "runs:failure_list",
        "runs.view_run",
        "f",
        counts="new_failures",
    ),
    Place("Agents", "bot", "runs:agent_list", "runs.view_workflow", "a"),
    Place("Schedules", "calendar-clock", "schedules:schedule_list", "schedules.view_schedule", "s"),
    Place("Alerts", "bell", "runs:rule_list", "runs.view_run", "n"),
    Place("Activity", "scroll-text", "activity", "dashboard.view_activity", "l"),
)


def places(request: HttpRequest) -> list[dict[str, Any]]:
    """The rail as this person may see it, with the place they are in marked."""
    allowed = [p for p in PLACES if not p.permission or request.user.has_perm(p.permission)]
    return [
        {
            "place": place,
            "url": url,
            "current": request.path == url or (url != "/" and request.path.startswith(url)),
        }
        for place, url in ((place, reverse(place.url_name)) for place in allowed)
    ]


def shell(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "SANDBOX": settings.SANDBOX,
        "theme": theme if theme in THEMES else "",
        "server_now": timezone.now,
        "health": SimpleLazyObject(feeds.health),
        "places": lambda: places(request),
        "sees_runs": SimpleLazyObject(lambda: request.user.has_perm("runs.view_run")),
        "sees_schedules": SimpleLazyObject(
            lambda: request.user.has_perm("schedules.view_schedule")
        ),
    }
