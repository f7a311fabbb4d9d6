"""The pages of alerts: making rules and channels, seeing what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dashboard.models import Activity, Channel, Notification
from dashboard.notify import outbox
from dashboard.notify.message import trial
from runs.alerts import gathering, raising
from runs.models import Alert, FailureGroup, Rule, RunEnd
from tests.conftest import Browse
from tests.receivers import Receiver, receiver
from tests.runs.failing import save, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(browse: Browse) -> Client:
    return browse("team_admin")


@pytest.fixture
def other_side(settings: Settings) -> Iterator[Receiver]:
    settings.NOTIFY_PRIVATE_HOSTS = ["127.0.0.1"]
    with receiver() as found:
        yield found


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(
        name="Ops", kind="slack", address="https://hooks.example.com/services/T0/secretpart"
    )


def filled(channel: Channel, **more: Any) -> dict[str, Any]:
    return {"event": "ended", "statuses": ["failed"], "channels": [channel.pk], **more}


def test_a_rule_is_made_named_by_what_it_says_and_noted(admin: Client, channel: Channel) -> None:
    save(told(1))
    answer = admin.post(
        reverse("runs:rule_new"), filled(channel, event="streak", count="3", agent="Agent")
    )
    rule = Rule.objects.get()
    assert answer["Location"] == rule.get_absolute_url()
    assert (rule.name, rule.count, rule.workflow_id) == (
        "Runs fail 3 times in a row",
        3,
        "wpid_1",
    )
    assert list(rule.channels.all()) == [channel]
    row = Activity.objects.get()
    assert (row.verb, row.target_type) == ("made", "rule")
    assert row.detail == "When runs fail 3 times in a row, tell Ops."
    page = admin.get(rule.get_absolute_url()).content.decode()
    assert "When runs fail 3 times in a row of Agent, tell" in page
    admin.post(reverse("runs:rule_new"), filled(channel, event="streak", count="3"))
    assert Rule.objects.filter(name="Runs fail 3 times in a row 2").exists()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"event": "streak", "count": ""}, "count", "Say how many times."),
        ({"event": "streak", "count": "1.9"}, "count", "whole number"),
        ({"event": "slow", "minutes": "0"}, "minutes", "Between 1 and 100,000."),
        ({"statuses": []}, "statuses", "Choose at least one."),
        ({"agent": "Nobody"}, "agent", "No agent is called so"),
        ({"schedule_id": "abc"}, "schedule_id", "begins with wfs_"),
        ({"channels": []}, "channels", "Choose where to send it."),
        ({"quiet_from": "22:00"}, "quiet_until", "Say both, or neither."),
        (
            {"quiet_from": "22:00", "quiet_until": "22:00"},
            "quiet_until",
            "Choose another time",
        ),
        ({"quiet_zone": "Mars/Base"}, "quiet_zone", "Europe/Berlin or UTC"),
        ({"group": "99"}, "group", "Select a valid choice"),
        ({"gap_minutes": "-1"}, "gap_minutes", "Between 0"),
        ({"event": "explode"}, "event", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    admin: Client, channel: Channel, typed: dict[str, Any], field: str, sentence: str
) -> None:
    answer = admin.post(reverse("runs:rule_new"), filled(channel, name="Kept name", **typed))
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context["form"].errors[field])
    page = answer.content.decode()
    assert "Kept name" in page
    assert sentence in page
    assert not Rule.objects.exists()


def test_what_belongs_to_another_event_does_not_count(admin: Client, channel: Channel) -> None:
    wrong_elsewhere = {"event": "stuck", "count": "x", "minutes": "y", "statuses": []}
    answer = admin.post(reverse("runs:rule_new"), filled(channel, **wrong_elsewhere))
    assert answer.status_code == 302
    assert Rule.objects.get().minutes == 60


def test_links_from_elsewhere_fill_a_new_rule_in(admin: Client, channel: Channel) -> None:
    save(told(1))
    group = FailureGroup.objects.get()
    page = admin.get(
        reverse("runs:rule_new"),
        {"failure": str(group.pk), "agent": "wpid_1", "schedule": "wfs_9", "event": "streak"},
    ).content.decode()
    assert "It broke." in page
    assert 'value="wpid_1"' in page
    assert 'value="wfs_9"' in page
    answer = admin.get(reverse("runs:rule_new"), {"failure": "x'", "event": "<b>"})
    assert answer.status_code == 200


def test_a_changed_rule_looks_at_what_happens_from_then_on(admin: Client, channel: Channel) -> None:
    admin.post(reverse("runs:rule_new"), filled(channel))
    rule = Rule.objects.get()
    old = timezone.now() - timedelta(days=3)
    Rule.objects.update(since=old)
    edit = reverse("runs:rule_edit", args=[rule.pk])
    assert admin.get(edit).status_code == 200
    admin.post(edit, filled(channel, name="Bad ends", statuses=["failed", "canceled"]))
    rule.refresh_from_db()
    assert (rule.name, rule.statuses) == ("Bad ends", ["failed", "canceled"])
    assert rule.since > old


def test_what_waited_when_a_rule_was_switched_off_is_not_told_later(
    admin: Client, channel: Channel
) -> None:
    admin.post(reverse("runs:rule_new"), filled(channel))
    rule = Rule.objects.get()
    Rule.objects.update(since=timezone.now() - timedelta(days=365))
    row = told(1).__class__
    now = timezone.now()
    save(
        row(
            workflow_run_id="wr_now",
            workflow_permanent_id="wpid_1",
            status="failed",
            created_at=now,
            finished_at=now,
        )
    )
    RunEnd.objects.update(at=now - timedelta(minutes=1))
    raising.look()
    assert Alert.objects.filter(told_at=None).count() == 1
    act = reverse("runs:rule_act", args=[rule.pk])
    admin.post(act, {"verb": "off"})
    admin.post(act, {"verb": "on"})
    gathering.gather()
    assert not Notification.objects.exists()
    verbs = list(Activity.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["made", "switched off", "switched on"]
    admin.post(act, {"verb": "delete"})
    assert not Rule.objects.exists()


def test_an_address_is_checked_kept_and_never_shown_again(
    admin: Client, settings: Settings
) -> None:
    new = f"{reverse('runs:channel_new')}?kind=slack"
    for address in ("http://hooks.example.com/x", "https://127.0.0.1/x", "https://localhost/"):
        answer = admin.post(new, {"name": "Ops", "address": address})
        assert answer.status_code == 422
        assert answer.context["form"].errors["address"]
    settings.NOTIFY_PRIVATE_HOSTS = ["chat.internal"]
    secret = "https://chat.internal/services/T0/secretpart"
    admin.post(new, {"name": "Ops", "address": secret})
    channel = Channel.objects.get()
    assert channel.address == secret
    for page in (
        channel.get_absolute_url(),
        reverse("runs:channel_list"),
        reverse("activity"),
    ):
        text = admin.get(page).content.decode()
        assert "secretpart" not in text, page
    admin.post(channel.get_absolute_url(), {"name": "Operations", "address": ""})
    channel.refresh_from_db()
    assert (channel.name, channel.address) == ("Operations", secret)


def test_a_webhooks_secret_is_shown_once(admin: Client, other_side: Receiver) -> None:
    new = f"{reverse('runs:channel_new')}?kind=webhook"
    answer = admin.post(new, {"name": "Hook", "address": f"{other_side.url}/x"}, follow=True)
    secret = Channel.objects.get().secret
    assert secret in answer.content.decode()
    channel = Channel.objects.get()
    assert secret not in admin.get(channel.get_absolute_url()).content.decode()
    admin.post(reverse("runs:channel_act", args=[channel.pk]), {"verb": "secret"})
    channel.refresh_from_db()
    assert channel.secret != secret
    assert channel.secret in admin.get(channel.get_absolute_url()).content.decode()


def test_without_a_mail_server_an_e_mail_channel_is_refused_in_words(admin: Client) -> None:
    new = reverse("runs:channel_new")
    assert "EMAIL_URL" in admin.get(new).content.decode()
    answer = admin.post(new, {"name": "Mail", "address": "a@example.com"})
    assert answer.status_code == 422
    assert admin.get(f"{new}?kind=pigeon").status_code == 404


def test_e_mail_addresses_are_checked_one_by_one(admin: Client, settings: Settings) -> None:
    settings.HAS_MAIL = True
    new = reverse("runs:channel_new")
    answer = admin.post(new, {"name": "Mail", "address": "a@example.com, nonsense"})
    assert "“nonsense” is no e-mail address." in answer.content.decode()
    admin.post(new, {"name": "Mail", "address": "a@example.com; b@example.com,a@example.com"})
    assert Channel.objects.get().address == "a@example.com, b@example.com"


def test_a_test_is_sent_and_what_came_of_it_is_shown(admin: Client, other_side: Receiver) -> None:
    channel = Channel.objects.create(name="Chat", kind="slack", address=f"{other_side.url}/x")
    other_side.statuses = [404]
    admin.post(reverse("runs:channel_act", args=[channel.pk]), {"verb": "test"})
    outbox.deliver()
    notification = Notification.objects.get()
    page = admin.get(notification.get_absolute_url()).content.decode()
    assert "404 ok" in page
    assert "Trying again" in page
    again = reverse("runs:notification_again", args=[notification.pk])
    admin.post(again)
    outbox.deliver()
    assert "Sent" in admin.get(notification.get_absolute_url()).content.decode()
    assert len(other_side.posts) == 2
    said = admin.post(again, follow=True).content.decode()
    assert "It has been sent" in said


def test_those_who_may_only_look_see_no_address_and_no_button(
    browse: Browse, channel: Channel
) -> None:
    Rule.objects.create(name="R", event="stuck", since=timezone.now()).channels.add(channel)
    support = browse("support")
    for name in ("rule_list", "channel_list", "notification_list"):
        page = support.get(reverse(f"runs:{name}")).content.decode()
        assert "secretpart" not in page
        assert "New rule" not in page
    assert support.get(channel.get_absolute_url()).status_code == 403


def test_lists_ask_the_database_no_more_for_more_rows(
    admin: Client, channel: Channel, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        rule = Rule.objects.create(name=f"R{number}", event="stuck", since=timezone.now())
        rule.channels.add(channel)
        other = Channel.objects.create(name=f"C{number}", kind="slack", address="https://x.test/")
        outbox.put([channel, other], key=f"k{number}", subject="t", document=trial("C", "me"))
    for name, most in (("rule_list", 13), ("notification_list", 11), ("channel_list", 12)):
        with django_assert_max_num_queries(most):
            assert admin.get(reverse(f"runs:{name}")).status_code == 200


def test_an_unchanged_page_is_polled_for_nothing(admin: Client, channel: Channel) -> None:
    page = reverse("runs:rule_list")
    htmx = {"HX-Request": "true"}
    tag = admin.get(page, headers=htmx)["HX-PTag"]
    assert admin.get(page, headers={**htmx, "HX-PTag": tag}).status_code == 304
    admin.post(reverse("runs:rule_new"), filled(channel))
    assert admin.get(page, headers={**htmx, "HX-PTag": tag}).status_code == 200
