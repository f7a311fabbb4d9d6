"""The same failure once: runs of one agent that failed with the same reason at the same block.

Written by `runs.mirror.failures`, but for what people say of a group: state, owner, note, merging.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from runs.models.workflow import Workflow


class FailureGroup(models.Model):
    class State(models.TextChoices):
        NEW = "new", "New"
        KNOWN = "known", "Known"
        RESOLVED = "resolved", "Resolved"
        BACK = "back", "Back again"

    key = models.CharField(max_length=32, help_text="Hash of the agent and the reason's shape.")
    block = models.CharField(
        max_length=200, blank=True, help_text="Label of the failing block; empty until it is read."
    )
    workflow = models.ForeignKey(
        Workflow, models.CASCADE, null=True, db_index=False, related_name="failure_groups"
    )
    shape = models.TextField(help_text="The reason without what differs from run to run.")
    reason = models.TextField(help_text="That of its newest run.")
    runs = models.IntegerField(default=0)
    first_at = models.DateTimeField(help_text="When its oldest run was created.")
    last_at = models.DateTimeField(help_text="When its newest run was created.")
    newest = models.CharField(max_length=128, help_text="Id of its newest run.")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    state_at = models.DateTimeField(null=True, help_text="When it was last changed.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="failure_groups"
    )
    note = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="merged",
        help_text="By hand.",
    )

    class Meta:
        ordering = ("-last_at", "-pk")
        permissions = (("triage_failure", "Can say what is known of failures"),)
        constraints = (models.UniqueConstraint(fields=["key", "block"], name="failure_once"),)
        indexes = (
            models.Index(fields=["-last_at", "-id"], name="failure_newest"),
            models.Index(fields=["state", "-last_at", "-id"], name="failure_by_state"),
            models.Index(fields=["workflow", "-last_at", "-id"], name="failure_of_workflow"),
            # Of the few: SQLite takes one of all for the way to those that are not merged.
            models.Index(
                fields=["merged_into"],
                name="failure_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.reason[:80]

    def get_absolute_url(self) -> str:
        return reverse("runs:failure_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state != self.State.RESOLVED


class FailureDay(models.Model):
    """How many runs of a group were created on a day (UTC); a day without any has no row."""

    group = models.ForeignKey(
        FailureGroup, models.CASCADE, db_index=False, db_constraint=False, related_name="days"
    )
    day = models.DateField()
    runs = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["group", "day"], name="failure_day_once"),)

    def __str__(self) -> str:
        return f"{self.group_id} {self.day}: {self.runs}"
