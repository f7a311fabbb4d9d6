"""The overview as time goes on: what comes next, what a poll costs, when it is sent again."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import DjangoAssertNumQueries

from dashboard.models import Feed, Revision
from tests.conftest import Browse
from tests.dashboard.overview import (
    NOW,
    card,
    hours,
    mirrored,
    of_agent,
    schedule,
    shown,
    told,
    words,
)


def test_what_fires_within_a_day_is_announced(noon: datetime, browse: Browse) -> None:
    schedule(1, "Soon", hours(3))
    schedule(2, "Not yet", hours(30))
    schedule(3, "Four times", hours(1), cron_expression="20 1-19/6 * * *")
    upcoming = card(shown(browse("support")), "upcoming")
    assert "Not yet" not in upcoming
    assert "5 fires of 2 schedules" in upcoming
    assert re.findall(r'id="fire-(wfs_\d)"', upcoming) == ["wfs_3", "wfs_1"]
    assert "4 times" in words(upcoming)
    assert "No schedule" not in upcoming


def test_that_schedules_are_switched_off_is_said(noon: datetime, browse: Browse) -> None:
    schedule(1, "Soon", hours(3))
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    upcoming = words(card(shown(browse("support")), "upcoming"))
    assert "Nothing fires: Schedules are off on this server." in upcoming


def test_the_overview_costs_the_same_however_many_rows_there_are(
    noon: datetime, browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("support")
    many: list[int] = []
    for agents in (1, 200):
        kinds = enumerate(["failed", "running", "completed"] * agents)
        mirrored(*(told(n, hours(n / 60), kind, **of_agent(n // 3)) for n, kind in kinds))
        schedule(agents, f"Schedule {agents}", hours(1))
        client.get("/")
        with django_assert_max_num_queries(30) as asked:
            client.get("/")
        many.append(len(asked))
    assert many[0] == many[1]


@pytest.fixture
def polled(noon: datetime, browse: Browse) -> Callable[[str], Any]:
    client = browse("support")
    return lambda tag: client.get("/", headers={"HX-Request": "true", "HX-PTag": tag})


def test_an_unchanged_overview_has_no_body(polled: Callable[[str], Any]) -> None:
    first = polled("")
    assert "<html" not in first.content.decode()
    again = polled(first.headers["HX-PTag"])
    assert (again.status_code, again.content) == (304, b"")
    Revision.bump("runs")
    assert polled(first.headers["HX-PTag"]).status_code == 200


def test_an_overview_is_sent_again_when_the_minute_or_the_viewers_zone_is_another(
    noon: datetime, browse: Browse
) -> None:
    client = browse("support")
    tag = client.get("/").headers["HX-PTag"]
    poll = {"HX-Request": "true", "HX-PTag": tag}
    assert client.get("/", headers=poll).status_code == 304
    client.cookies["zone"] = "Europe/Berlin"
    assert client.get("/", headers=poll).status_code == 200
    client.cookies["zone"] = ""
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert client.get("/", headers=poll).status_code == 200
