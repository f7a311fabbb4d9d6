"""What a rule's messages say, and when they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine

from dashboard.models import Notification
from runs.alerts import gathering
from runs.models import FailureGroup
from tests.runs.alerting import Event, look, make
from tests.runs.failing import NOON, save, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False) as found:
        yield found


def test_a_flood_is_one_message_and_then_one_for_the_rest(clock: time_machine.Traveller) -> None:
    make(Event.ENDED, gap_minutes=5)
    save(told(1))
    look(clock)
    gathering.gather()
    for number in range(2, 60):
        save(told(number))
    look(clock)
    gathering.gather()
    assert Notification.objects.count() == 1
    clock.shift(timedelta(minutes=5))
    gathering.gather()
    gathering.gather()
    newest = Notification.objects.first()
    assert newest is not None
    assert newest.subject == "Agent: failed, and 57 more"
    assert len(newest.document["events"]) + newest.document["more"] == 58
    assert Notification.objects.count() == 2


def test_nothing_is_told_in_quiet_hours_and_all_of_it_after(clock: time_machine.Traveller) -> None:
    quiet = {"quiet_from": time(22), "quiet_until": time(14), "quiet_zone": "Europe/Berlin"}
    make(Event.ENDED, **quiet)  # it is 12:30 in UTC, 13:30 in Berlin
    save(told(1), told(2))
    look(clock)
    gathering.gather()
    assert not Notification.objects.exists()
    clock.shift(timedelta(minutes=30))
    gathering.gather()
    assert Notification.objects.get().subject == "Agent: failed, and 1 more"


@pytest.mark.parametrize(
    ("since", "until", "quiet"),
    [(time(12), time(13), True), (time(13), time(12), False), (time(13), time(12, 45), True)],
)
def test_quiet_hours_may_go_past_midnight(since: time, until: time, quiet: bool) -> None:
    made = make(Event.ENDED, quiet_from=since, quiet_until=until)
    assert made.is_quiet(NOON + timedelta(minutes=30)) is quiet


def test_a_message_says_what_failed_where_and_why_and_hides_what_opens_something(
    clock: time_machine.Traveller, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://deck.example.com"
    make(Event.ENDED)
    save(told(1, "Task failed. failure reason: see https://ana:pw@shop.example/x?token=abc"))
    FailureGroup.objects.update(block="Log in")
    look(clock)
    gathering.gather()
    document = Notification.objects.get().document
    (event,) = document["events"]
    assert event["url"] == document["url"] == "https://deck.example.com/runs/wr_1/"
    assert event["reason"].startswith("At “Log in”: ")
    assert "pw" not in event["reason"]
    assert "abc" not in event["reason"]
