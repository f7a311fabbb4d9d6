"""How the tests of the pages of schedules look at them."""

from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
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


def told(answer: Any) -> str:
    """The text of a page, its line ends aside."""
    return " ".join(unescape(answer.content.decode()).split())


def edit_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_edit", args=[schedule.pk])


def as_shown(client: Client, schedule: Schedule, **typed: str) -> dict[str, str]:
    """What a browser would send of the edit form, with `typed` over it."""
    context = client.get(edit_url(schedule)).context
    fields = [*context["form"], *context["parameters"]]
    shown = {field.html_name: field.value() for field in fields}
    sent = {name: "on" if value is True else str(value) for name, value in shown.items() if value}
    kept = {name: context[name] for name in ("version", "opened")}
    return {**sent, **kept, "schedule": schedule.pk, **typed}


class Hidden(HTMLParser):
    """The hidden fields of a page, as a browser sends them again."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden" and told.get("name"):
            self.fields.setdefault(str(told["name"]), []).append(told.get("value") or "")


def pressed(client: Client, url: str, answer: Any, **button: str) -> Any:
    """The next answer, after a button of a page of hidden fields was pressed."""
    hidden = Hidden()
    hidden.feed(answer.content.decode())
    return client.post(url, {**hidden.fields, **button})


def saved(client: Client, schedule: Schedule, **typed: str) -> Any:
    """The answer to an edit that was reviewed and then saved."""
    review = client.post(edit_url(schedule), as_shown(client, schedule, **typed))
    assert review.status_code == 200, review.context["form"].errors
    return pressed(client, edit_url(schedule), review, confirm="1")
