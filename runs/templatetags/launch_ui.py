"""A run's launch as code."""

from __future__ import annotations

import json

from django import template

from runs import snippets
from runs.earlier import as_launched
from runs.models import Run, RunDetail

register = template.Library()
MOST_WRITTEN = 100_000
"""Characters of JSON: nobody copies more into a terminal, and quoting them makes a page huge."""


@register.simple_tag
def code_of(run: Run, detail: RunDetail | None) -> snippets.Snippets | None:
    """None where what the run was given is not known or too long, or no agent did it."""
    request = as_launched(run.run_id)
    if request is None and detail is not None and run.workflow_id:
        request = {
            "workflow_id": run.workflow_id,
            "parameters": detail.parameters or {},
            "proxy_location": None,
        }
    if not request or len(json.dumps(request, default=str)) > MOST_WRITTEN:
        return None
    return snippets.of(request)
