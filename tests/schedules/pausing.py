"""How the tests of pauses pause a schedule, and what they look at then."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from dashboard.models import Activity
from schedules.models import Pause, Schedule

NAME = "Invoices on weekdays"


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
