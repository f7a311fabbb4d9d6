"""What is asked of a pause before it is known, who answers for a schedule, what was made up for."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from schedules.models.ledger import MOST_REASON, Fire
from schedules.models.schedule import Schedule


class PauseIntent(models.Model):
    """A pause that is being asked for: written before Skyvern is, so that a kill loses nothing.

    Whoever first sees the schedule paused makes a `Pause` of it (`schedules.pausing.noting`).
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=MOST_REASON, blank=True)
    resume_at = models.DateTimeField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by = models.CharField(max_length=150, help_text="The user's name.")
    address = models.GenericIPAddressField(null=True)
    bulk = models.ForeignKey("schedules.Bulk", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.schedule_id} by {self.by}"


class Vital(models.Model):
    """A mark on a schedule that must not be stopped lightly, and who answers for it."""

    schedule = models.OneToOneField(
        Schedule, models.CASCADE, primary_key=True, related_name="vital"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    marked_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.schedule_id} of {self.owner_name}"

    @property
    def owner_name(self) -> str:
        return self.owner.get_username() if self.owner else "nobody (the account is gone)"


class MakeUp(models.Model):
    """A run asked for in place of a fire that had none; its nonce makes all presses one run."""

    fire = models.OneToOneField(Fire, models.CASCADE, primary_key=True, related_name="make_up")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Of its `Launch`.")
    asked_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"for {self.fire_id}"
