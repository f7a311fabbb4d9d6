"""A run's launch as code."""

from __future__ import annotations

from django import template

from runs import snippets
from runs.earlier import as_launched
from runs.models import Run, RunDetail

register = template.Library()


@register.simple_tag
def code_of(run: Run, detail: RunDetail | None) -> snippets.Snippets | None:
    """None where it is not known what the run was given, or no agent did it."""
    request = as_launched(run.run_id)
    if request is None and detail is not None and run.workflow_id:
        request = {
            "workflow_id": run.workflow_id,
            "parameters": detail.parameters or {},
            "proxy_location": None,
        }
    return snippets.of(request) if request else None
