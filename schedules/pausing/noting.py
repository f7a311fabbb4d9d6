"""Notes that a schedule was paused or resumed: by the person who did it, or by the refresh.

Both may see it first; the first writes it, with the reason that was left before Skyvern was asked.
To be called within `writing("ledger")`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Activity, Feed, Revision
from dashboard.templatetags.ui import iso
from runs.mirror.writing import writing
from schedules.models import Pause, PauseIntent, Schedule
from schedules.pausing import vital

HOLDS = timedelta(minutes=3)
"""An intent that is older, while the schedule was since seen going on, came to nothing."""
NEVER_CAME = "This never reached Skyvern: the schedule goes on."


def moment_of(schedule: Schedule, now: datetime) -> datetime:
    """When it was last changed, which is when the server began to go by the change."""
    return min(schedule.deleted_at or schedule.modified_at or now, now)


def open_pause(schedule: Schedule) -> Pause | None:
    """The one that goes on; where the refresh has not noted it yet, as it will be noted."""
    if schedule.enabled or schedule.kind == Schedule.Kind.ONCE:
        return None
    found = Pause.objects.filter(schedule=schedule, end=None)
    moment = moment_of(schedule, timezone.now())
    return found.select_related("until_by").first() or Pause(schedule=schedule, begin=moment)


def begin(schedule: Schedule, moment: datetime) -> Pause:
    """It is paused since then; a pause that goes on is kept, and gets the reason if it has none."""
    intent = PauseIntent.objects.filter(schedule=schedule).select_related("user").first()
    told = _told(intent) if intent else {}
    pause = Pause.objects.filter(schedule=schedule, end=None).first()
    if pause is None:
        pause = Pause.objects.create(schedule=schedule, begin=moment, **told)
        vital.tell(schedule, f"paused {moment.isoformat()}", pause.by, "paused", pause.reason)
    elif intent and not pause.by:
        Pause.objects.filter(pk=pause.pk).update(**told)
        pause.refresh_from_db()
    if intent and _alike(intent).delete()[0]:
        record(_actor(intent), "paused", schedule, detail=said(intent, schedule))
    Revision.bump("ledger")
    return pause


def end(schedule: Schedule, moment: datetime) -> Pause | None:
    """It goes on since then; the pause that this ended, if another has not ended it before."""
    pause = Pause.objects.filter(schedule=schedule, end=None).select_related("until_by").first()
    if pause is None:
        return None
    pause.end = max(moment, pause.begin)
    if not Pause.objects.filter(pk=pause.pk, end=None).update(end=pause.end):
        return None
    Revision.bump("ledger")
    return pause


def observed(schedule: Schedule, moment: datetime) -> None:
    """The refresh has found it switched."""
    if not schedule.enabled:
        begin(schedule, moment)
    elif (ended := end(schedule, moment)) and ended.in_flight:
        record_waking(ended, schedule)


def record_waking(pause: Pause, schedule: Schedule) -> None:
    """That it was resumed by itself, as somebody had asked."""
    detail = (
        f"By itself, as asked until {iso(pause.resume_at, 'seconds')}." if pause.resume_at else ""
    )
    record(on_behalf(pause), "resumed", schedule, detail=detail)


def on_behalf(pause: Pause) -> Actor:
    """Skydeck, for whoever said how long."""
    name = pause.until_by.get_username() if pause.until_by else "someone who is deleted"
    return Actor(pause.until_by, f"skydeck for {name}"[:150])


def said(told: PauseIntent | Pause, schedule: Schedule) -> str:
    """What the activity log says of a pause."""
    until = f"Until {iso(told.resume_at, 'seconds')}." if told.resume_at else ""
    return " ".join(filter(None, (told.reason, until, vital.who_is_told(schedule))))


def forget_stale(now: datetime) -> None:
    """Give up the intents that came to nothing, so that no later pause takes them for its own."""
    old = PauseIntent.objects.filter(made_at__lt=now - HOLDS)
    if not old.exists():
        return
    read = Feed.objects.filter(pk="schedules").values_list("succeeded_at", flat=True).first()
    for intent in old.select_related("schedule", "user"):
        if read is None or intent.made_at >= read - HOLDS:
            continue
        with writing("ledger"):
            schedule = Schedule.objects.get(pk=intent.schedule_id)
            if not schedule.enabled and schedule.deleted_at is None:
                begin(schedule, moment_of(schedule, now))
            elif PauseIntent.objects.filter(pk=intent.pk).delete()[0]:
                rejected = Activity.Result.REJECTED
                record(_actor(intent), "paused", schedule, result=rejected, detail=NEVER_CAME)


def _told(intent: PauseIntent) -> dict[str, Any]:
    return {
        "reason": intent.reason,
        "resume_at": intent.resume_at,
        "paused_by": intent.user,
        "until_by": intent.user if intent.resume_at else None,
        "by": intent.by,
        "bulk_id": intent.bulk_id,
    }


def _alike(intent: PauseIntent) -> QuerySet[PauseIntent]:
    """With those of other tries to do the same, of which no answer came."""
    same = PauseIntent.objects.filter(schedule=intent.schedule_id, by=intent.by)
    return same.filter(reason=intent.reason, bulk=intent.bulk_id)


def _actor(intent: PauseIntent) -> Actor:
    return Actor(intent.user, intent.by, intent.address)
