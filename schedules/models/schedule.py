"""The mirrored schedules. Written by `schedules.mirror` alone; ids are upstream's, times UTC."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from runs.models import Run, Workflow


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def present(self) -> ScheduleQuerySet:
        return self.filter(deleted_at=None)

    def active(self) -> ScheduleQuerySet:
        return self.present().filter(is_active=True)


class Schedule(models.Model):
    class Kind(models.TextChoices):
        CRON = "cron", "Cron"
        INTERVAL = "interval", "Interval"
        ONCE = "once", "One time"

    schedule_id = models.CharField("id", max_length=128, primary_key=True)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="schedules")
    name = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CRON)
    cron_expression = models.CharField(max_length=300, blank=True)
    timezone = models.CharField(max_length=100, default="UTC")
    interval_seconds = models.PositiveIntegerField(null=True)
    first_fire_at = models.DateTimeField(null=True)
    run_at = models.DateTimeField(null=True, help_text="Of a one-time schedule.")
    enabled = models.BooleanField(default=True, help_text="As upstream says.")
    dispatch_status = models.CharField(max_length=40, blank=True, help_text="Of a one-time one.")
    is_active = models.BooleanField(
        default=True, help_text="Will fire again: enabled, and not a one-time one that is over."
    )
    parameters = models.JSONField(default=dict)
    next_run_at = models.DateTimeField(null=True, help_text="What the server itself says.")
    raw = models.JSONField(default=dict)
    created_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(help_text="When upstream last told of it.")
    changed_at = models.DateTimeField(help_text="When the mirror last changed it.")

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ("name", "schedule_id")
        indexes = (
            models.Index(fields=["is_active", "next_run_at"], name="schedule_upcoming"),
            models.Index(fields=["workflow", "name"], name="schedule_by_workflow"),
            models.Index(fields=["changed_at"], name="schedule_changed"),
            models.Index(
                fields=["is_active", "next_run_at", "name", "schedule_id"],
                name="schedule_present",
                condition=models.Q(deleted_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.schedule_id

    def get_absolute_url(self) -> str:
        return reverse("schedules:schedule_detail", args=[self.schedule_id])

    @property
    def runs(self) -> models.QuerySet[Run]:
        """Newest first. Joined by id: a run may outlive its schedule."""
        return Run.objects.of_schedule(self.schedule_id).newest()


class Submission(models.Model):
    """One press of the button that creates a schedule. Its nonce makes a double press one."""

    nonce = models.UUIDField(primary_key=True, default=uuid.uuid4)
    digest = models.CharField(max_length=64, blank=True, help_text="Of what was sent.")
    schedule_id = models.CharField(max_length=128, blank=True, help_text="Once upstream told it.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.nonce} {self.schedule_id}"
