"""Pausing or resuming many schedules: the rows are the truth, tasks only carry it on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from schedules.models.ledger import MOST_REASON, Pause
from schedules.models.schedule import Schedule


class Bulk(models.Model):
    """The same switch for many schedules."""

    class Verb(models.TextChoices):
        PAUSE = "pause", "Pause"
        RESUME = "resume", "Resume"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        ABORTED = "aborted", "Aborted"
        DONE = "done", "Done"

    bulk_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    verb = models.CharField(max_length=10, choices=Verb)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    reason = models.CharField(max_length=MOST_REASON, blank=True)
    resume_at = models.DateTimeField(null=True)
    undo_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by = models.CharField(max_length=150, help_text="The user's name.")
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=["created_at"], name="bulk_open", condition=models.Q(ended_at=None)
            ),
        )

    def __str__(self) -> str:
        what = (
            f"Undo of “{self.get_verb_display()}”" if self.undo_of_id else self.get_verb_display()
        )
        return f"{what} {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("schedules:bulk_detail", args=[self.pk])

    @property
    def is_over(self) -> bool:
        """Nothing of it is at work any more, nor will be."""
        return self.ended_at is not None


class BulkItem(models.Model):
    """One schedule of a bulk, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Working"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Left as it is"
        FAILED = "failed", "Failed"

    bulk = models.ForeignKey(Bulk, models.CASCADE, related_name="items")
    number = models.PositiveIntegerField(help_text="From 1, in the order of the table.")
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="+")
    knows_vital = models.BooleanField(default=False, help_text="Ticked although it is vital.")
    pause = models.ForeignKey(
        Pause,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Begun or ended by it; of an undo, until then, the one to be begun again.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    said = models.TextField(blank=True, help_text="Why it failed, or was left as it is.")
    sent_at = models.DateTimeField(null=True, help_text="Written before Skyvern is first asked.")
    lease_until = models.DateTimeField(null=True, help_text="Not to be taken up before.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Those that came to nothing.")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["bulk", "number"], name="bulk_item_once"),)
        indexes = (models.Index(fields=["bulk", "state", "number"], name="bulk_item_by_state"),)

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.number}"
