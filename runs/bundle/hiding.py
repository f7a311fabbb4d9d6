"""What is taken out of every text: the API key, log-ins, header values, and links that open."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from dashboard.skyvern.secret import Secret
from dashboard.templatetags import ui
from runs.inputs import MASK, masked
from runs.mirror.fit import CUT, DEEPEST

_QUERY = re.compile(r"(?:[?#]|%3f|%23)[^\s\"'<>]*", re.IGNORECASE)
_OPENS = re.compile(
    r"(?:[?#;&]|%3f|%23|%26)(?:sig|key|auth|jwt|sid|[^=&;?#%]{0,60}?(?:signature|token|secret|passw"
    r"|credential|session|access_?key|api[_-]?key)[^=&;?#%]{0,60}?)(?:=|%3d)",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(://)[^/\s@\"'<>]{1,300}@")


def hider() -> Callable[[str], str]:
    """What takes the API key, log-ins and queries that open something out of a text."""
    secret = Secret(settings.SKYVERN_API_KEY)

    def hide(said: str) -> str:
        hidden = secret.redact_text(_LOGIN.sub(r"\1…@", _QUERY.sub(_without_query, said)))
        return said if hidden == said else hidden  # most are as they were: no second one is held

    return hide


def _without_query(found: re.Match[str]) -> str:
    return "?…" if _OPENS.search(found[0]) else found[0]


def shown(value: Any, hide: Callable[[str], str], depth: int = 0) -> Any:
    """A copy of JSON with each text hidden in part, names of headers alone, and a bottom."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, datetime):
        return ui.iso(value)
    if isinstance(value, dict | list) and depth == DEEPEST:
        return CUT
    if isinstance(value, list):
        return [shown(item, hide, depth + 1) for item in value]
    if isinstance(value, dict):
        named = masked(value).items()
        return {hide(str(name)): shown(_named(name, item), hide, depth + 1) for name, item in named}
    return value


def _named(name: Any, item: Any) -> Any:
    has_headers = isinstance(item, dict) and str(name).lower().endswith("headers")
    return dict.fromkeys(item, MASK) if has_headers else item
