"""Marking schedules as vital, with the person who answers for them."""

from __future__ import annotations

from django.contrib.auth.models import User

from dashboard.audit import Actor, record
from dashboard.models import Revision
from runs.mirror.writing import writing
from schedules.models import Schedule, Vital


def mark_vital(schedule: Schedule, owner: User, *, actor: Actor) -> bool:
    """False if it was so already."""
    with writing("schedules"):
        if Vital.objects.filter(pk=schedule.pk, owner=owner).exists():
            return False
        Vital.objects.update_or_create(schedule=schedule, defaults={"owner": owner})
        record(actor, "marked as vital", schedule, detail=f"Its owner is {owner.get_username()}.")
        Revision.bump("schedules")
    return True


def unmark_vital(schedule: Schedule, *, actor: Actor) -> bool:
    """False if it was not marked."""
    with writing("schedules"):
        if not Vital.objects.filter(pk=schedule.pk).delete()[0]:
            return False
        record(actor, "unmarked as vital", schedule)
        Revision.bump("schedules")
    return True
