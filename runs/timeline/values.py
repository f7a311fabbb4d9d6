"""Single values of an upstream object, whatever type they came as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[Json]:
    return [item for item in array(value) if isinstance(item, dict)]


def whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def seconds(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and 0 <= value < 1e8 else None


def percent(value: Any) -> int | None:
    """0.84 → 84; None for what is no share of one."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return round(value * 100) if good and 0 <= value <= 1 else None


def moment(value: Any) -> datetime | None:
    """An ISO time, UTC where no zone is given; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def brief(value: Any, size: int = 120) -> str:
    """One line of it."""
    said = " ".join(text(value)[: size * 4].split())
    return said if len(said) <= size else said[: size - 1] + "…"


SPELT = {"goto_url": "Go to URL", "http_request": "HTTP request"}


def words(name: str) -> str:
    """ "input_text" → "Input text"."""
    return SPELT.get(name) or name.replace("_", " ").strip().capitalize()
