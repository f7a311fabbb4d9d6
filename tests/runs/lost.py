"""Launches whose answer never came, as the tests make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import tasks
from runs.models import Launch

AGENT = "Every parameter type"


def start(sandbox: Sandbox, **parameters: Any) -> str:
    """A run that nobody here launched; its id."""
    request = schema.RunRequest(workflow_id=sandbox.agents[AGENT], parameters=parameters)
    return connect().start(request).run_id


def launch(
    sandbox: Sandbox,
    *,
    created_at: datetime | None = None,
    state: str = Launch.State.UNKNOWN,
    user: User | None = None,
    is_sent: bool = True,
    **parameters: Any,
) -> Launch:
    """A press that is this far; it started nothing."""
    tasks.refresh_workflows()
    made = Launch.objects.create(
        workflow_id=sandbox.agents[AGENT],
        request={"parameters": parameters},
        state=state,
        user=user,
        sent_at=timezone.now() if is_sent else None,
    )
    Launch.objects.filter(pk=made.pk).update(created_at=created_at or timezone.now())
    made.refresh_from_db()
    return made


def settled(made: Launch) -> tuple[str, str]:
    """Its state and run after it was looked for."""
    tasks.settle_launches()
    made.refresh_from_db()
    return made.state, made.run_id
