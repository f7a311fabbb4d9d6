"""The outbox: what is to be sent as rows, each sent under a lease and tried again.

At least once: a worker that is killed between sending and noting so is followed by one that sends
it again, under the same id. Nothing is put in twice: one key, one notification for each channel.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import shared_task
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from dashboard import leases
from dashboard.models import Channel, Delivery, Notification, Revision
from dashboard.notify import email, guard, slack, webhook
from dashboard.notify.guard import RefusedError, UnreachableError
from dashboard.notify.message import Document

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
ABSURD = 10 * LEASE
"""A lease that ends later than this was written under a clock that has jumped since."""
AT_ONCE = 2
"""Being sent together, over all processes: the refreshes need their workers too."""
SLICE_SECONDS = 20.0
WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""After each try that came to nothing; after the last one it is given up."""
GONE = 410
"""The one answer that asks for no further try."""
KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 500
AGENT = {"content-type": "application/json", "user-agent": "Skydeck"}
LOST = "The worker ended while it was being sent; it may have arrived."

State = Notification.State


def put(channels: Iterable[Channel], *, key: str, subject: str, document: Document) -> None:
    """Have it sent to each channel once, whatever happens; a key that is there already is not.

    To be called within the transaction that notes that it was told.
    """
    now = timezone.now()
    Notification.objects.bulk_create(
        [
            Notification(
                channel=channel,
                key=key[:200],
                subject=" ".join(subject.split())[:300],
                document=document,
                due_at=now,
            )
            for channel in channels
        ],
        ignore_conflicts=True,
    )
    Revision.bump("notifications")
    transaction.on_commit(hurry)


def hurry() -> None:
    """Have a worker look now rather than at the beat's next tick."""
    try:
        deliver.apply_async(expires=LEASE.total_seconds())
    except OperationalError as error:  # the beat has it sent
        log.warning("could not have notifications sent at once: %s", error)


@shared_task
def deliver() -> None:
    """Send what is due, for a slice of time; in two workers at once nothing is sent twice."""
    stop = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < stop and (notification := claim()) is not None:
        send(notification)


def claim() -> Notification | None:
    """One that is due, being sent by this worker from now on."""
    now = timezone.now()
    free = leases.free(now, ABSURD)
    at_work = Notification.objects.filter(state=State.SENDING).exclude(free)
    if at_work.count() >= AT_ONCE:
        return None
    due = Q(state=State.WAITING, due_at__lte=now) | Q(free, state=State.SENDING)
    for found in Notification.objects.filter(due).select_related("channel").order_by("due_at")[:5]:
        mine = Notification.objects.filter(
            due, pk=found.pk, state=found.state, lease_until=found.lease_until
        )
        until = now + LEASE
        with transaction.atomic():
            if not mine.update(state=State.SENDING, lease_until=until, tries=F("tries") + 1):
                continue
            if found.state == State.SENDING:
                found.deliveries.create(at=now, ok=False, said=LOST)
        found.state, found.lease_until, found.tries = State.SENDING, until, found.tries + 1
        return found
    return None


def send(notification: Notification) -> None:
    """Try it once, and note what came of it."""
    began = time.monotonic()
    is_final = False
    try:
        said, ok, is_final = _try(notification)
    except (UnreachableError, RefusedError, ValidationError) as exc:
        said, ok = " ".join(getattr(exc, "messages", [str(exc)])), False
        is_final = isinstance(exc, RefusedError | ValidationError)
    settle(notification, ok=ok, said=said, seconds=time.monotonic() - began, is_final=is_final)


def _try(notification: Notification) -> tuple[str, bool, bool]:
    """What was said, whether it arrived, and whether to leave it at that."""
    channel = notification.channel
    if channel.kind == Channel.Kind.EMAIL:
        return email.send(notification), True, True
    more: dict[str, str] = {}
    if channel.kind == Channel.Kind.SLACK:
        content = slack.body(notification)
    else:
        content = webhook.body(notification)
        more = webhook.headers(notification, channel.secret, content, timezone.now())
    answer = guard.post(channel.address, content, {**AGENT, **more})
    ok = 200 <= answer.status < 300
    said = f"{answer.status} {' '.join(answer.text.split())}".strip()
    return said[:500], ok, ok or answer.status == GONE


def settle(
    notification: Notification, *, ok: bool, said: str, seconds: float, is_final: bool
) -> None:
    """Write the try down; the notification itself only if it is still this worker's."""
    now = timezone.now()
    given_up = not ok and (is_final or notification.tries > len(WAITS))
    state = State.SENT if ok else State.FAILED if given_up else State.WAITING
    mine = Notification.objects.filter(
        pk=notification.pk, state=State.SENDING, lease_until=notification.lease_until
    )
    with transaction.atomic():
        Delivery.objects.create(
            notification=notification, at=now, ok=ok, said=said, seconds=round(seconds, 3)
        )
        mine.update(
            state=state,
            lease_until=None,
            due_at=_due(notification, now),
            error="" if ok else said,
            sent_at=now if ok else None,
        )
        Revision.bump("notifications")


def _due(notification: Notification, now: datetime) -> datetime:
    return now + WAITS[min(notification.tries, len(WAITS)) - 1]


def again(notification: Notification) -> bool:
    """Have one that was given up, or is waiting for its next try, sent now; False if it cannot."""
    now = timezone.now()
    open_ones = Notification.objects.filter(
        pk=notification.pk, state__in=(State.FAILED, State.WAITING)
    )
    if not open_ones.update(state=State.WAITING, due_at=now, tries=0, error=""):
        return False
    Revision.bump("notifications")
    transaction.on_commit(hurry)
    return True


@shared_task
def forget() -> None:
    """Delete some of what was told long ago."""
    old = Notification.objects.filter(made_at__lt=timezone.now() - KEPT).order_by("made_at")
    pks = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    Notification.objects.filter(pk__in=pks).delete()
