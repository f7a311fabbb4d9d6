"""How the tests of pauses pause a schedule, and what they look at then."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from schedules.models import Fire, Pause, Schedule

NAME = "Invoices on weekdays"
HOUR = timedelta(hours=1)


def pause_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_pause", args=[schedule.pk])


def post(client: Client, schedule: Schedule, **typed: str) -> tuple[int, str]:
    given = {"reason": "The portal is down", "until": "open", **typed}
    answer = client.post(pause_url(schedule), given)
    return answer.status_code, answer.content.decode() or answer.get("Location", "")


def paused(verb: str = "paused") -> list[tuple[str, str, str]]:
    rows = Activity.objects.filter(verb=verb).order_by("pk")
    return [(row.actor_name, row.result, row.detail) for row in rows]


def open_pause(schedule: Schedule) -> Pause:
    return Pause.objects.get(schedule=schedule, end=None)


def resume_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_resume", args=[schedule.pk])


def run_url(fire: Fire) -> str:
    return reverse("schedules:fire_run", args=[fire.schedule_id, fire.pk])


def fire(
    schedule: Schedule, hours: int, state: str = Fire.State.SKIPPED, cause: str = "paused"
) -> Fire:
    """One that was due so long ago."""
    at = timezone.now().replace(minute=0, second=0, microsecond=0) - hours * HOUR
    return Fire.objects.create(
        schedule=schedule, due_at=at, state=state, cause="" if state == Fire.State.DUE else cause
    )


def posts(sandbox: Sandbox) -> int:
    return sum(path == "/v1/run/agents" for _, path in sandbox.calls)
