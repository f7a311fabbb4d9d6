"""Schedules that must not be stopped lightly: who answers for one, and telling them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.models import Channel
from dashboard.notify import outbox
from dashboard.notify.message import Document
from dashboard.templatetags.ui import iso, shortened
from runs.alerts.wording import link
from schedules.models import Schedule, Vital

OUTSIDE = "somebody outside Skydeck"
LONGEST_NAME = 80


def mark_of(schedule: Schedule) -> Vital | None:
    return Vital.objects.select_related("owner").filter(pk=schedule.pk).first()


def why_untold(mark: Vital) -> str:
    """Why its owner cannot be told, as a sentence; "" if they can."""
    owner = mark.owner
    if owner is None:
        return "Nobody can be told: the account of its owner is gone."
    if not owner.is_active:
        return f"{owner.get_username()} cannot be told: that account is switched off."
    if not owner.email:
        return f"{owner.get_username()} cannot be told: that account has no e-mail address."
    if not settings.HAS_MAIL:
        return f"{owner.get_username()} cannot be told: Skydeck has no mail server (EMAIL_URL)."
    return ""


def who_is_told(schedule: Schedule) -> str:
    """For the activity log; "" if it is not vital."""
    mark = mark_of(schedule)
    if mark is None:
        return ""
    return why_untold(mark) or f"Its owner {mark.owner_name} is told."


def tell(schedule: Schedule, key: str, by: str, done: str, reason: str = "") -> None:
    """Have the owner of a vital one told, once for each key, with what is written here."""
    mark = mark_of(schedule)
    if mark is None or mark.owner is None or why_untold(mark):
        return
    title = f"{by or OUTSIDE} {done} the vital schedule {shortened(str(schedule), LONGEST_NAME)}"
    outbox.put(
        [_channel(mark.owner)],
        key=f"vital {schedule.pk} {key}",
        subject=title,
        document=_document(schedule, title, reason),
    )


def _document(schedule: Schedule, title: str, reason: str) -> Document:
    url = link(schedule.get_absolute_url())
    return {
        "title": title,
        "rule": "You are told because you are the owner of this schedule.",
        "tone": "bad",
        "url": url,
        "events": [
            {
                "kind": "vital",
                "title": title,
                "reason": reason,
                "run_id": "",
                "status": "",
                "agent": shortened(str(schedule.workflow), LONGEST_NAME),
                "at": iso(timezone.now(), "seconds"),
                "path": schedule.get_absolute_url(),
                "url": url,
            }
        ],
        "more": 0,
    }


def _channel(owner: User) -> Channel:
    """The one that leads to this person alone; made when it is first needed."""
    to = Channel.objects.filter(kind=Channel.Kind.EMAIL, address=owner.email).first()
    if to is None:
        name = f"{owner.get_username()[:60]} ({owner.pk})"
        to, _ = Channel.objects.update_or_create(
            name=name, kind=Channel.Kind.EMAIL, defaults={"address": owner.email}
        )
    return to
