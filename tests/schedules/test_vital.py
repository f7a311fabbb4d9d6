"""Vital schedules: marked with an owner, never stopped without a second thought, nor unheard."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dashboard.audit import SYSTEM
from dashboard.connect import connect
from dashboard.models import Activity, Channel, Notification
from dashboard.notify import outbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleRequest
from schedules import actions
from schedules.ledger import expecting
from schedules.models import BulkItem, Schedule, Vital
from schedules.pausing import working
from tests.conftest import Browse
from tests.receivers import postbox
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page

NAME = "Invoices on weekdays"
KNOWS = "I know it is vital, and that grace is told"


@pytest.fixture
def grace(db: None, settings: Settings) -> User:
    settings.HAS_MAIL = True
    return User.objects.create_user("grace", "grace@example.com")


@pytest.fixture
def vital(mirror: Mirror, grace: User) -> Schedule:
    schedule = by_name(NAME)
    actions.mark_vital(schedule, grace, actor=SYSTEM)
    return schedule


def url(schedule: Schedule, what: str) -> str:
    return reverse(f"schedules:schedule_{what}", args=[schedule.pk])


def told() -> list[tuple[str, str]]:
    found = Notification.objects.select_related("channel").order_by("made_at")
    return [(one.channel.address, one.subject) for one in found]


def test_it_is_marked_with_an_owner_and_unmarked(
    mirror: Mirror, grace: User, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    assert client.post(url(schedule, "vital"), {"owner": ""}).status_code == 422
    answer = client.post(url(schedule, "vital"), {"owner": grace.pk})
    assert answer["Location"] == schedule.get_absolute_url()
    for shown in (LIST, schedule.get_absolute_url()):
        text = page(client, shown)
        assert "Vital" in text
        assert "grace" in text
    row = Activity.objects.latest("pk")
    assert (row.verb, row.detail) == ("marked as vital", "Its owner is grace.")
    client.post(url(schedule, "vital"), {"verb": "unmark"})
    assert not Vital.objects.exists()
    assert Activity.objects.latest("pk").verb == "unmarked as vital"


def test_pausing_it_asks_twice_and_tells_its_owner(
    vital: Schedule, browse: Browse, upstream: Upstream
) -> None:
    client = browse("team_admin")
    assert KNOWS in page(client, url(vital, "pause"))
    given = {"reason": "The portal is down", "until": "open"}
    answer = client.post(url(vital, "pause"), given)
    assert answer.status_code == 422
    assert "It is vital: tick this, or leave it running." in answer.content.decode()
    assert upstream(vital).enabled
    answer = client.post(url(vital, "pause"), {**given, "knows_vital": "on"})
    assert answer.status_code == 302
    assert told() == [("grace@example.com", f"team_admin paused the vital schedule {NAME}")]
    document = Notification.objects.get().document
    assert document["events"][0]["reason"] == "The portal is down"
    detail = Activity.objects.get(verb="paused").detail
    assert detail == "The portal is down Its owner grace is told."


@pytest.mark.parametrize("verb", ["delete", "cancel"])
def test_ending_it_asks_twice_and_tells_its_owner(
    mirror: Mirror, grace: User, browse: Browse, verb: str
) -> None:
    client = browse("team_admin")
    schedule = by_name("Order for the trade fair")
    actions.mark_vital(schedule, grace, actor=SYSTEM)
    assert KNOWS in page(client, url(schedule, verb))
    assert client.post(url(schedule, verb)).status_code == 422
    schedule.refresh_from_db()
    assert schedule.is_active
    assert f'href="{url(schedule, verb)}"' in page(client, schedule.get_absolute_url())
    assert client.post(url(schedule, verb), {"knows_vital": "on"}).status_code == 302
    schedule.refresh_from_db()
    assert not schedule.is_active
    assert [address for address, _ in told()] == ["grace@example.com"]


def test_no_way_round_the_question(vital: Schedule, upstream: Upstream) -> None:
    off = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=False)
    for stop in (
        lambda: actions.pause(vital, reason="Why", actor=SYSTEM),
        lambda: actions.update(vital, off, actor=SYSTEM),
        lambda: actions.delete(vital, actor=SYSTEM),
    ):
        with pytest.raises(errors.Rejected, match="It is vital, and grace answers for it"):
            stop()
    assert upstream(vital).enabled
    assert told() == []
    on = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=True)
    actions.update(vital, on, actor=SYSTEM)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": ""}, "that account has no e-mail address"),
        ({"is_active": False}, "that account is switched off"),
        ({}, "Skydeck has no mail server"),
    ],
)
def test_where_nobody_can_be_told_the_form_says_so(
    vital: Schedule, browse: Browse, settings: Settings, change: dict[str, object], why: str
) -> None:
    settings.HAS_MAIL = bool(change)
    User.objects.filter(username="grace").update(**change)
    client = browse("team_admin")
    text = page(client, url(vital, "pause"))
    assert "I know it is vital, and that nobody is told" in text
    assert why in text
    given = {"reason": "Why", "until": "open", "knows_vital": "on"}
    assert client.post(url(vital, "pause"), given).status_code == 302
    assert told() == []
    assert why in Activity.objects.get(verb="paused").detail


def test_an_owner_whose_account_is_gone_is_said_to_be_gone(
    vital: Schedule, grace: User, browse: Browse
) -> None:
    grace.delete()
    text = page(browse("team_admin"), url(vital, "pause"))
    assert "the account of its owner is gone" in text


def test_its_owner_is_told_of_a_pause_made_elsewhere(vital: Schedule, mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    connect().disable_schedule(vital.workflow_id, vital.pk)
    mirror()
    for _ in range(2):
        expecting.look_ahead(timezone.now())
    assert [subject for _, subject in told()] == [
        f"somebody outside Skydeck paused the vital schedule {NAME}"
    ]


def test_the_mail_arrives_and_uses_a_channel_that_is_there(
    vital: Schedule, settings: Settings
) -> None:
    Channel.objects.create(name="Grace", kind=Channel.Kind.EMAIL, address="grace@example.com")
    with postbox() as found:
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        options = {"host": "127.0.0.1", "port": found.port, "timeout": 5}
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}
        actions.pause(vital, reason="Why so", actor=SYSTEM, knows_vital=True)
        outbox.deliver()
        (message,) = found.mails
    assert "Why so" in str(message)
    assert Channel.objects.count() == 1


def test_in_bulk_it_is_left_out_unless_it_is_ticked(
    vital: Schedule, browse: Browse, upstream: Upstream
) -> None:
    client, other = browse("team_admin"), by_name("Prices, every four hours")
    new = reverse("schedules:bulk_new")
    text = page(client, f"{new}?verb=pause&schedule={vital.pk}&schedule={other.pk}")
    assert "1 of them is vital, and left out unless ticked" in text
    assert "Pause 1 schedule, and 1 vital one if ticked?" in text
    sent = {"verb": "pause", "schedule": [vital.pk, other.pk], "reason": "Why", "until": "open"}
    client.post(new, {**sent, "nonce": str(uuid4())})
    assert [item.schedule for item in BulkItem.objects.all()] == [other]
    client.post(new, {**sent, "nonce": str(uuid4()), "vital": vital.pk})
    while working.work():
        pass
    assert not upstream(vital).enabled
    assert len(told()) == 1


def test_one_that_becomes_vital_meanwhile_is_left_out(
    mirror: Mirror, grace: User, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    sent = {"verb": "pause", "schedule": schedule.pk, "reason": "Why", "until": "open"}
    client.post(reverse("schedules:bulk_new"), {**sent, "nonce": str(uuid4())})
    actions.mark_vital(schedule, grace, actor=SYSTEM)
    while working.work():
        pass
    assert BulkItem.objects.get().said == working.IS_VITAL
    assert upstream(schedule).enabled
