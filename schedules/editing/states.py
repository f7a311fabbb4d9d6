"""A schedule as an edit sees it: its fields by name, each as plain JSON that can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard import clock
from dashboard.skyvern.schema import ScheduleRequest
from schedules import cron
from schedules.models import Schedule
from schedules.moments import moment

type State = dict[str, Any]

WHEN, PARAMETER = "when", "p:"
LABELS = {
    WHEN: "Fires",
    "timezone": "Time zone",
    "enabled": "State",
    "name": "Name",
    "description": "Description",
}


def state_of(schedule: Schedule) -> State:
    """As it is saved. A one-time schedule is always active until it is over."""
    return _state(
        {
            "cron_expression": schedule.cron_expression,
            "interval_seconds": schedule.interval_seconds,
            "first_fire_at": schedule.first_fire_at,
            "run_at": schedule.run_at,
            "timezone": schedule.timezone,
            "name": schedule.name,
            "description": schedule.description,
            "enabled": schedule.enabled or schedule.kind == Schedule.Kind.ONCE,
            "parameters": schedule.parameters,
        }
    )


def state_sent(request: ScheduleRequest) -> State:
    """As it will be once this is sent."""
    return _state(request.body())


def opened(state: State) -> str:
    """For a hidden field of the form: what the editor had before them."""
    return json.dumps(state)


def read(text: str) -> State | None:
    """What `opened` wrote; None if that is not what it is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and set(LABELS) <= set(found) else None


def label(field: str) -> str:
    return LABELS.get(field) or field.removeprefix(PARAMETER)


def words(field: str, state: State) -> str:
    """The field's value as a person reads it; "" where it has none."""
    value = state.get(field)
    if field == WHEN:
        return _when(value, str(state.get("timezone") or "UTC"))
    if field == "enabled":
        return "Active" if value else "Paused"
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        return "…"


def _state(given: Mapping[str, Any]) -> State:
    when = {
        "cron": _pattern(given.get("cron_expression") or ""),
        "interval": given.get("interval_seconds") or 0,
        "first": _instant(given.get("first_fire_at")),
        "at": _instant(given.get("run_at")),
    }
    state: State = {
        WHEN: {name: value for name, value in when.items() if value},
        "timezone": given["timezone"],
        "enabled": bool(given["enabled"]),
        "name": _text(given.get("name")),
        "description": _text(given.get("description")),
    }
    for key, value in sorted((given.get("parameters") or {}).items()):
        state[f"{PARAMETER}{key}"] = _text(value) if isinstance(value, str) else value
    return state


def _pattern(expression: str) -> str:
    try:
        return str(cron.parse(expression)) if expression else ""
    except cron.CronError:
        return expression


def _instant(at: Any) -> str:
    if not at:
        return ""
    known = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return known.astimezone(UTC).replace(microsecond=0).isoformat()


def _text(value: Any) -> str:
    """Browsers send other line ends than what was saved."""
    return str(value or "").replace("\r\n", "\n").strip()


def _when(value: Any, zone: str) -> str:
    if not isinstance(value, dict):
        return ""
    if expression := str(value.get("cron") or ""):
        return f"{cron.describe(expression, clock.hours())} · {expression}"
    if isinstance(seconds := value.get("interval"), int) and seconds > 0:
        first = f", counted from {_shown(value['first'], zone)}" if value.get("first") else ""
        return f"{cron.describe_interval(seconds)}{first}"
    return f"Once, {_shown(value['at'], zone)}" if value.get("at") else ""


def _shown(text: Any, zone: str) -> str:
    try:
        return moment(datetime.fromisoformat(str(text)).astimezone(cron.load_zone(zone)))
    except ValueError:
        return str(text)
