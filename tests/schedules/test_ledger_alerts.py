"""Rules about fires: what they tell of, once, and where the message leads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from pytest_django import Settings

from dashboard.models import Activity, Channel, Feed, Notification, Revision
from runs.alerts import gathering, raising
from runs.models import Alert, Rule, RunEnd, Workflow
from schedules.ledger import settling
from schedules.models import Fire, Schedule
from tests.conftest import Browse
from tests.runs import alerting
from tests.runs.alerting import Event
from tests.schedules.ledgers import HOUR, MINUTE, NOON, SECOND, hourly, kept, started
from tests.schedules.pages import page

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = (NOON + number * HOUR for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as found:
        yield found


def make(event: Rule.Event, **more: Any) -> Rule:
    return alerting.make(event, **{"since": NOON, **more})


def titles() -> list[str]:
    return list(Alert.objects.order_by("pk").values_list("title", flat=True))


def test_a_missed_fire_is_told_of_once() -> None:
    make(Event.MISSED)
    hourly(name="Every hour", timezone="Europe/Berlin")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    told = ["Every hour of Price feed: the fire of Mon 1 Jun 15:00 was missed"]
    assert titles() == told
    kept(ONE + 7 * MINUTE)
    settling.settle(ONE + 8 * MINUTE, ONE + 8 * MINUTE)
    assert titles() == told
    kept(TWO + 6 * MINUTE)
    assert len(titles()) == 2


def test_a_fire_is_late_by_more_than_the_rule_says() -> None:
    make(Event.LATE, minutes=10)
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE + 10 * MINUTE, fire=ONE)
    kept(ONE + 11 * MINUTE)
    assert titles() == []
    run_id = started(schedule, TWO + 10 * MINUTE + SECOND, fire=TWO)
    kept(TWO + 11 * MINUTE)
    alert = Alert.objects.get()
    assert alert.title == "wfs_1 of Price feed: the fire of Mon 1 Jun 14:00 began 10m 01s late"
    assert alert.run_id == run_id
    assert alert.get_absolute_url() == reverse("runs:run_detail", args=[run_id])


def test_it_fires_again_after_so_many_missed_ones() -> None:
    make(Event.RESUMED, count=2)
    schedule = hourly()
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    started(schedule, TWO, fire=TWO)
    kept(TWO + MINUTE)
    assert titles() == []  # one was missed, not two
    kept(NOON + 4 * HOUR + 6 * MINUTE)
    started(schedule, NOON + 5 * HOUR, fire=NOON + 5 * HOUR)
    kept(NOON + 5 * HOUR + MINUTE)
    assert titles() == ["wfs_1 of Price feed fires again: that of Mon 1 Jun 17:00 began"]
    started(schedule, NOON + 6 * HOUR, fire=NOON + 6 * HOUR)
    kept(NOON + 6 * HOUR + MINUTE)
    assert len(titles()) == 1


def test_one_that_was_missed_and_begins_after_all_fires_again() -> None:
    make(Event.RESUMED, count=1)
    schedule = hourly()
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    started(schedule, ONE + 20 * MINUTE, fire=ONE)
    kept(ONE + 21 * MINUTE)
    assert titles() == ["wfs_1 of Price feed fires again: that of Mon 1 Jun 13:00 began"]


def test_only_the_schedules_it_is_about_count() -> None:
    hourly("wfs_1")
    other = hourly("wfs_2")
    Workflow.objects.create(pk="wpid_2", title="Invoices", seen_at=NOON)
    Schedule.objects.filter(pk=other.pk).update(workflow="wpid_2")
    make(Event.MISSED, name="any")
    make(Event.MISSED, name="schedule", schedule_id="wfs_1")
    make(Event.MISSED, name="agent", workflow_id="wpid_2")
    make(Event.MISSED, name="off", enabled=False)
    make(Event.MISSED, name="later", since=NOON + 24 * HOUR)
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    found = [
        (rule, path.split("/")[2]) for rule, path in Alert.objects.values_list("rule__name", "path")
    ]
    assert sorted(found) == [
        ("agent", "wfs_2"),
        ("any", "wfs_1"),
        ("any", "wfs_2"),
        ("schedule", "wfs_1"),
    ]


def test_what_was_worked_out_afterwards_is_nobodys_news() -> None:
    make(Event.MISSED)
    hourly(modified_at=NOON - 5 * HOUR)
    kept(NOON)
    Fire.objects.filter(is_backfilled=True).update(state="due")
    Feed.objects.create(pk="history", cursor={"done": True})
    kept(NOON + 10 * MINUTE)
    assert Fire.objects.filter(state="missed", is_backfilled=True).exists()
    assert titles() == []


def test_a_killed_settling_tells_nothing_and_the_next_one_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(Event.MISSED)
    hourly()
    kept(NOON)

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(settling, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            kept(ONE + 6 * MINUTE)
    assert (titles(), Fire.objects.filter(state="missed").count()) == ([], 0)
    kept(ONE + 7 * MINUTE)
    assert (len(titles()), Fire.objects.filter(state="missed").count()) == (1, 1)


def test_rules_about_runs_are_not_asked_and_nothing_is_read_for_them() -> None:
    make(Event.ENDED)
    hourly()
    kept(NOON)
    before = Revision.of("alerts")
    kept(ONE + 6 * MINUTE)
    assert Revision.of("alerts") == before


def test_a_rule_about_fires_says_nothing_of_runs_that_end() -> None:
    for event in Rule.OF_FIRES:
        make(event, count=1, minutes=1)
    schedule = hourly()
    kept(NOON)
    started(schedule, ONE, fire=ONE, status="failed", reason="No.")
    kept(ONE + MINUTE)
    with time_machine.travel(ONE + HOUR):
        raising.look()
    assert not RunEnd.objects.exists()
    assert titles() == []


def test_a_message_leads_to_the_fire_and_says_why(
    settings: Settings, clock: time_machine.Traveller, browse: Browse
) -> None:
    settings.PUBLIC_URL = "https://deck.example.com"
    make(Event.MISSED)
    hourly("wfs_1", name="One")
    hourly("wfs_2", name="Two", cron="30 13 * * *")
    kept(NOON)
    kept(NOON + HOUR + 6 * MINUTE)
    clock.shift(HOUR + 6 * MINUTE)
    gathering.gather()
    gathering.gather()
    found = Notification.objects.get()
    (event,) = found.document["events"]
    assert found.subject == "One of Price feed: the fire of Mon 1 Jun 13:00 was missed"
    assert (event["kind"], event["run_id"], event["status"]) == ("missed", "", "")
    assert event["agent"] == "Price feed"
    fire = Fire.objects.get(state="missed")
    assert event["url"] == found.document["url"] == f"https://deck.example.com{event['path']}"
    client = browse("support")
    assert f'id="fire-{fire.pk}"' in page(client, event["path"])
    shown = page(client, found.get_absolute_url())
    assert f'href="{event["path"]}"' in shown
    rule = Rule.objects.get()
    text = page(client, rule.get_absolute_url())
    assert "When a fire is missed, tell" in text
    assert event["path"] in text


def test_many_are_gathered_and_quiet_hours_kept(clock: time_machine.Traveller) -> None:
    quiet = {"quiet_from": time(12), "quiet_until": time(14), "quiet_zone": "UTC"}
    make(Event.MISSED, gap_minutes=5, **quiet)
    for number in range(4):
        hourly(f"wfs_{number}")
    kept(NOON)
    kept(ONE + 6 * MINUTE)
    clock.shift(HOUR + 6 * MINUTE)
    gathering.gather()
    assert not Notification.objects.exists()
    clock.shift(HOUR)
    gathering.gather()
    found = Notification.objects.get()
    assert found.subject.endswith("and 3 more")
    assert found.document["events"][0]["reason"] == "No schedule fired at all."
    assert found.document["tone"] == "bad"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"event": "missed"}, "When a fire is missed, tell Ops."),
        ({"event": "late", "minutes": "15"}, "When a fire is late by more than 15 min, tell Ops."),
        (
            {"event": "resumed", "count": "1"},
            "When it fires again after a missed one, tell Ops.",
        ),
        (
            {"event": "resumed", "count": "3"},
            "When it fires again after 3 missed ones, tell Ops.",
        ),
    ],
)
def test_such_rules_are_made_on_the_same_form(
    browse: Browse, typed: dict[str, Any], sentence: str
) -> None:
    channel = Channel.objects.create(name="Ops", kind="slack", address="https://hooks.example.com/")
    client = browse("team_admin")
    url = reverse("runs:rule_new")
    sent = {"channels": [channel.pk], "schedule_id": "wfs_1", "group": "", **typed}
    answer = client.post(url, sent)
    assert answer.status_code == 302
    assert Activity.objects.get().detail == sentence
    wrong = {**sent, "minutes": "", "count": "0"}
    if len(typed) > 1:
        assert client.post(url, wrong).status_code == 422


def test_an_alert_may_stand_alone(clock: time_machine.Traveller) -> None:
    rule = make(Event.RESUMED, count=1)
    Alert.objects.create(rule=rule, key="k", title="It fires again", path="/x/", at=NOON)
    gathering.gather()
    found = Notification.objects.get()
    assert (found.document["tone"], found.document["title"]) == ("good", "It fires again")
    clock.shift(timedelta(days=91))
    gathering.forget()
    assert not Alert.objects.exists()
