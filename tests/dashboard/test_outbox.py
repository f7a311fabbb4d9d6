"""The outbox: everything arrives at least once, and nothing that the other side cannot tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from dashboard.models import Channel, Notification
from dashboard.notify import outbox, slack, webhook
from dashboard.notify.message import Document, Event
from tests.receivers import Postbox, Receiver, postbox, receiver

pytestmark = pytest.mark.django_db

State = Notification.State
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as found:
        yield found


@pytest.fixture
def other_side(settings: Settings) -> Iterator[Receiver]:
    settings.NOTIFY_PRIVATE_HOSTS = ["127.0.0.1"]
    with receiver() as found:
        yield found


@pytest.fixture
def mail(settings: Settings) -> Iterator[Postbox]:
    with postbox() as found:
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        options = {"host": "127.0.0.1", "port": found.port, "timeout": 5}
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}
        settings.DEFAULT_FROM_EMAIL = "Skydeck <deck@example.com>"
        yield found


def event(**more: str) -> Event:
    told: Any = {
        "kind": "ended",
        "title": "Invoices: failed",
        "reason": "The page was empty.",
        "run_id": "wr_1",
        "status": "failed",
        "agent": "Invoices",
        "at": "2026-11-24T12:00:00Z",
        "url": "https://deck.example.com/runs/wr_1/",
    }
    return cast("Event", told | more)


def document(*events: Event, **more: Any) -> Document:
    told: Any = {
        "title": "Invoices: failed",
        "rule": "Rule “Any failure”.",
        "tone": "bad",
        "url": "https://deck.example.com/runs/wr_1/",
        "events": list(events),
        "more": 0,
    }
    return cast("Document", told | more)


def hook(other_side: Receiver, kind: str = "webhook") -> Channel:
    secret = webhook.new_secret() if kind == "webhook" else ""
    address = f"{other_side.url}/hook"
    return Channel.objects.create(name=kind, kind=kind, address=address, secret=secret)


def put(channel: Channel, key: str = "k", **more: Any) -> Notification:
    told = document(event(), **more)
    outbox.put([channel], key=key, subject=told["title"], document=told)
    return Notification.objects.get(channel=channel, key=key)


def settled(notification: Notification) -> Notification:
    notification.refresh_from_db()
    return notification


def test_a_webhook_is_signed_so_that_the_published_rule_accepts_it(other_side: Receiver) -> None:
    channel = hook(other_side)
    notification = put(channel)
    outbox.deliver()
    (post,) = other_side.posts
    told = Webhook(channel.secret).verify(post.body, post.headers)
    assert told["id"] == post.headers["webhook-id"] == str(notification.pk)
    assert told["data"]["events"][0]["run_id"] == "wr_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook.new_secret()).verify(post.body, post.headers)
    assert settled(notification).state == State.SENT
    assert [(d.ok, d.said) for d in notification.deliveries.all()] == [(True, "200 ok")]


def test_the_same_thing_is_put_in_once_for_each_channel(other_side: Receiver) -> None:
    one, two = hook(other_side), hook(other_side, "slack")
    for _ in range(3):
        outbox.put([one, two], key="k", subject="s", document=document(event()))
    assert Notification.objects.count() == 2


def test_what_is_rolled_back_is_not_sent(other_side: Receiver) -> None:
    channel = hook(other_side)
    with transaction.atomic():
        put(channel)
        transaction.set_rollback(True)
    outbox.deliver()
    assert other_side.posts == []


def test_it_is_tried_again_later_and_later_with_the_same_id_and_a_fresh_signature(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    channel = hook(other_side)
    notification = put(channel)
    other_side.statuses = [500, 503]
    outbox.deliver()
    assert settled(notification).state == State.WAITING
    assert notification.error == "500 ok"
    outbox.deliver()
    assert len(other_side.posts) == 1  # not before it is due
    for wait in outbox.WAITS[:2]:
        clock.shift(wait)
        outbox.deliver()
    assert settled(notification).state == State.SENT
    assert notification.error == ""
    sent = [post.headers for post in other_side.posts]
    assert {headers["webhook-id"] for headers in sent} == {str(notification.pk)}
    assert len({headers["webhook-signature"] for headers in sent}) == 3
    assert [d.ok for d in notification.deliveries.all()] == [False, False, True]


def test_it_is_given_up_after_the_last_try_and_can_be_sent_again_by_hand(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    notification = put(hook(other_side))
    other_side.statuses = [500] * 50
    for wait in (timedelta(0), *outbox.WAITS):
        clock.shift(wait)
        outbox.deliver()
    assert settled(notification).state == State.FAILED
    assert len(other_side.posts) == len(outbox.WAITS) + 1
    clock.shift(timedelta(days=1))
    outbox.deliver()
    assert len(other_side.posts) == len(outbox.WAITS) + 1
    other_side.statuses = []
    assert outbox.again(notification)
    outbox.deliver()
    assert settled(notification).state == State.SENT
    assert not outbox.again(notification)


def test_an_address_that_is_gone_is_not_tried_again(other_side: Receiver) -> None:
    notification = put(hook(other_side))
    other_side.statuses = [410]
    outbox.deliver()
    assert settled(notification).state == State.FAILED


def test_a_worker_that_was_killed_is_followed_and_the_other_side_can_tell_the_second_copy(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    notification = put(hook(other_side))
    held = outbox.claim()
    assert held == notification
    outbox.send(held)  # it arrives, and then …
    other = Notification.objects.filter(pk=notification.pk)
    other.update(state=State.SENDING, lease_until=held.lease_until, sent_at=None)
    assert outbox.claim() is None  # … nobody takes it while the lease lasts
    clock.shift(outbox.LEASE + timedelta(seconds=1))
    outbox.deliver()
    ids = [post.headers["webhook-id"] for post in other_side.posts]
    assert ids == [str(notification.pk)] * 2
    assert outbox.LOST in [d.said for d in notification.deliveries.all()]
    assert settled(notification).state == State.SENT


def test_a_worker_that_was_too_slow_does_not_undo_what_its_follower_wrote(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    notification = put(hook(other_side))
    slow = outbox.claim()
    assert slow is not None
    clock.shift(outbox.LEASE + timedelta(seconds=1))
    outbox.deliver()
    outbox.settle(slow, ok=False, said="too late", seconds=61.0, is_final=False)
    assert settled(notification).state == State.SENT


def test_a_lease_of_a_clock_that_was_set_back_holds_nobody_for_long(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    put(hook(other_side))
    assert outbox.claim() is not None
    clock.shift(timedelta(days=-1))
    assert outbox.claim() is not None


def test_no_more_than_two_are_sent_together(other_side: Receiver) -> None:
    channel = hook(other_side)
    for key in "abc":
        put(channel, key)
    assert [outbox.claim() is None for _ in range(3)] == [False, False, True]


def test_slack_is_sent_what_mentions_nobody(other_side: Receiver) -> None:
    channel = hook(other_side, "slack")
    told = document(
        event(title="<!channel> & co", reason="<https://evil.example|here> *b*"), more=3
    )
    outbox.put([channel], key="k", subject="s", document=told)
    outbox.deliver()
    (post,) = other_side.posts
    sent = json.loads(post.body)
    assert sent["text"] == "*<https://deck.example.com/runs/wr_1/|Invoices: failed>*"
    first, last = sent["attachments"]
    assert first["title"] == "&lt;!channel&gt; &amp; co"
    assert "<" not in first["text"]
    assert first["title_link"] == "https://deck.example.com/runs/wr_1/"
    assert last["footer"].startswith("…and 3 more · Rule")
    assert slack.short(Notification.objects.get()) in last["footer"]


def test_an_e_mail_arrives_at_everybody_as_text_and_as_html(mail: Postbox) -> None:
    channel = Channel.objects.create(name="m", kind="email", address="a@example.com, b@example.com")
    told = document(event(reason="<script>alert(1)</script>"), title="Two\r\nBcc: c@example.com")
    outbox.put([channel], key="k", subject=told["title"], document=told)
    outbox.deliver()
    (found,) = mail.mails
    notification = Notification.objects.get()
    assert mail.recipients == [["a@example.com", "b@example.com"]]
    assert found["subject"] == "Two Bcc: c@example.com"
    assert found["message-id"] == f"<{notification.pk}@example.com>"
    assert found["auto-submitted"] == "auto-generated"
    text, html = (found.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert "<script>alert(1)</script>" in text.get_content()
    assert html is not None
    assert "&lt;script&gt;" in html.get_content()
    assert "<script" not in html.get_content()
    assert notification.state == State.SENT


def test_a_mail_server_that_refuses_is_tried_again_and_quoted(mail: Postbox) -> None:
    mail.refusal = "451 try later"
    channel = Channel.objects.create(name="m", kind="email", address="a@example.com")
    notification = put(channel)
    outbox.deliver()
    assert settled(notification).state == State.WAITING
    assert "try later" in notification.error


def test_a_broken_address_is_a_failure_in_words_and_harms_nothing_else(
    other_side: Receiver, mail: Postbox
) -> None:
    bad = Channel.objects.create(name="b", kind="email", address="not an address")
    inside = Channel.objects.create(
        name="i", kind="webhook", address="https://169.254.169.254/", secret=webhook.new_secret()
    )
    good = hook(other_side)
    for channel in (bad, inside, good):
        put(channel)
    outbox.deliver()
    found = dict(Notification.objects.values_list("channel__name", "state"))
    assert found == {"b": State.FAILED, "i": State.FAILED, "webhook": State.SENT}
    assert "not on the public internet" in Notification.objects.get(channel=inside).error


def test_what_was_told_long_ago_is_forgotten(
    other_side: Receiver, clock: time_machine.Traveller
) -> None:
    put(hook(other_side))
    clock.shift(outbox.KEPT + timedelta(days=1))
    put(Channel.objects.get(), "new")
    outbox.forget()
    assert list(Notification.objects.values_list("key", flat=True)) == ["new"]
    assert timezone.now() > NOON
