"""How the tests of the pages of schedules look at them."""

from collections.abc import Callable
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from schedules.models import Schedule

LIST = "/schedules/"
type Typed = Callable[..., dict[str, Any]]
type Upstream = Callable[[Schedule], Any]


def by_name(name: str) -> Schedule:
    return Schedule.objects.get(name=name)


def page(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def edit_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_edit", args=[schedule.pk])


def as_shown(client: Client, schedule: Schedule, **typed: str) -> dict[str, str]:
    """What a browser would send of the edit form, with `typed` over it."""
    context = client.get(edit_url(schedule)).context
    fields = [*context["form"], *context["parameters"]]
    shown = {field.html_name: field.value() for field in fields}
    sent = {name: "on" if value is True else str(value) for name, value in shown.items() if value}
    return {**sent, "version": context["version"], "schedule": schedule.pk, **typed}
