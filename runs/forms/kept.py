"""What was sent or typed before, as the launch form shows it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.skyvern.schema import RunRequest
from runs.forms.pairs import as_lines
from runs.forms.places import A_PLACE

OPTIONS = frozenset(RunRequest.__struct_fields__) - {"workflow_id", "parameters"}
PLACE = ("country", "subdivision", "city")
PAIRS = ("extra_http_headers", "cdp_connect_headers", "run_metadata")


def options_as_typed(request: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they were sent → as they are typed. Values of headers are not kept.

    A whole body without a webhook was sent without one on purpose.
    """
    typed: dict[str, Any] = {"webhook_url": ""} if "workflow_id" in request else {}
    for name, value in request.items():
        if name == "proxy_location" and isinstance(value, dict):
            typed |= {key: value.get(key, "") for key in PLACE}
            typed["proxy_location"] = A_PLACE
        elif name in PAIRS:
            typed[name] = as_lines(value)
        elif isinstance(value, bool) and name != "start_fresh_browser":
            typed[name] = str(value).lower()
        elif name in OPTIONS and value is not None:
            typed[name] = value
    return typed


def options_typed(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a draft, which holds what the browser sent."""
    typed = {name: draft[name] for name in (*OPTIONS, *PLACE) if name in draft}
    return {**typed, "start_fresh_browser": "start_fresh_browser" in draft}
