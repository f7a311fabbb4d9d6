"""What several pages of schedules show: whether there are any at all, and what they are given."""

import json

from dashboard.models import Feed
from schedules.models import Schedule


def switched_off() -> str:
    """Upstream's reason if its schedules are off (it answered so, without failing), else ""."""
    note = Feed.objects.filter(pk="schedules", failures=0).values_list("error", flat=True)
    return note.first() or ""


def shown_parameters(schedule: Schedule) -> list[tuple[str, str]]:
    """Keys and values as text, by key."""
    return [
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
        for key, value in sorted(schedule.parameters.items())
    ]
