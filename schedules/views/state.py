"""What several pages of schedules show."""

import json

from schedules.models import Schedule


def shown_parameters(schedule: Schedule) -> list[tuple[str, str]]:
    """Keys and values as text, by key."""
    return [
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
        for key, value in sorted(schedule.parameters.items())
    ]
