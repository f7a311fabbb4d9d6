"""The mirrored workflows and runs, and what the dashboard itself knows of them.

Mirrored rows are written by `runs.mirror` alone. Ids are upstream's; times are UTC.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Workflow(models.Model):
    """An agent. A run may name one that no list has: then only the id and a title are known."""

    wpid = models.CharField("id", max_length=128, primary_key=True)
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    version = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=40, blank=True)
    folder_id = models.CharField(max_length=128, blank=True)
    parameters = models.JSONField(
        default=list, help_text="[{key, type, description, default_value}], in definition order."
    )
    raw = models.JSONField(default=dict)
    created_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When upstream last listed it.")

    class Meta:
        ordering = ("title", "wpid")
        indexes = (models.Index(fields=["title", "wpid"], name="workflow_by_title"),)

    def __str__(self) -> str:
        return self.title or self.wpid

    def get_absolute_url(self) -> str:
        return reverse("runs:agent_detail", args=[self.wpid])

    @property
    def can_launch(self) -> bool:
        return self.deleted_at is None and self.seen_at is not None


class RunQuerySet(models.QuerySet["Run"]):
    def live(self) -> RunQuerySet:
        return self.filter(phase=Run.Phase.LIVE)

    def failed(self) -> RunQuerySet:
        return self.filter(phase=Run.Phase.FAILED)

    def newest(self) -> RunQuerySet:
        return self.order_by("-created_at", "-run_id")


class Run(models.Model):
    class Phase(models.TextChoices):
        """What a status means for a person, derived by the mirror; filtered by ONE equality."""

        LIVE = "live", "Live"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"
        OTHER = "other", "Other"

    run_id = models.CharField("id", max_length=128, primary_key=True)
    workflow = models.ForeignKey(Workflow, models.PROTECT, null=True, related_name="runs")
    title = models.CharField(max_length=500, blank=True)
    run_type = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40, help_text="As upstream says, unknown ones too.")
    phase = models.CharField(max_length=10, choices=Phase)
    failure_reason = models.TextField(blank=True)
    category = models.CharField(max_length=60, blank=True, help_text="The most certain one.")
    trigger_type = models.CharField(max_length=40, blank=True)
    schedule_id = models.CharField(max_length=128, blank=True)
    retried_from_id = models.CharField(max_length=128, blank=True)
    webhook_failure_reason = models.TextField(blank=True)
    attempt = models.PositiveIntegerField(default=1)
    retry_pending = models.BooleanField(default=False)
    next_attempt_at = models.DateTimeField(null=True)
    max_elapsed_minutes = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)
    raw = models.JSONField(default=dict, help_text="The list row as it came.")

    seen_at = models.DateTimeField(help_text="When upstream last told of it.")
    changed_at = models.DateTimeField(help_text="When the mirror last changed it.")
    missing_at = models.DateTimeField(null=True, help_text="When upstream no longer had it.")
    stuck_at = models.DateTimeField(null=True, help_text="Running far past its limit, unchanged.")
    detail_due = models.BooleanField(default=False, help_text="Changed since its detail was read.")
    watched_at = models.DateTimeField(null=True, help_text="When a person last had its page open.")

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-run_id")
        permissions = (
            ("launch_run", "Can launch runs"),
            ("cancel_run", "Can cancel runs"),
            ("retry_run", "Can retry and continue runs, and replay their webhooks"),
        )
        indexes = (
            models.Index(fields=["-created_at", "-run_id"], name="run_newest"),
            models.Index(fields=["phase", "-created_at", "-run_id"], name="run_by_phase"),
            models.Index(fields=["status", "-created_at", "-run_id"], name="run_by_status"),
            models.Index(fields=["workflow", "-created_at", "-run_id"], name="run_by_workflow"),
            models.Index(fields=["schedule_id", "-created_at"], name="run_by_schedule"),
            models.Index(fields=["detail_due", "-created_at"], name="run_detail_due"),
        )

    def __str__(self) -> str:
        return f"{self.title or self.run_id} ({self.status})"

    def get_absolute_url(self) -> str:
        return reverse("runs:run_detail", args=[self.run_id])

    @property
    def is_live(self) -> bool:
        return self.phase == self.Phase.LIVE

    @property
    def is_final(self) -> bool:
        return not self.is_live

    @property
    def is_retryable(self) -> bool:
        """Upstream retries workflow runs that have ended, and nothing else."""
        return self.is_final and self.run_id.startswith("wr_")

    @property
    def ended_at(self) -> datetime | None:
        return self.finished_at if self.is_final else None

    @property
    def duration(self) -> timedelta | None:
        """From start to end, or to now while it runs; None if it never started."""
        if self.started_at is None:
            return None
        end = self.finished_at if self.is_final else timezone.now()
        return end - self.started_at if end is not None else None

    @property
    def queue_wait(self) -> timedelta | None:
        if self.started_at is None:
            return None
        return self.started_at - self.created_at


class RunDetail(models.Model):
    """The heavy part of a run, read only for runs that someone will look at."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="detail")
    parameters = models.JSONField(default=dict)
    outputs = models.JSONField(null=True)
    errors = models.JSONField(default=list)
    categories = models.JSONField(default=list, help_text="[{category, confidence_float, …}]")
    attempts = models.JSONField(default=list)
    downloads = models.JSONField(default=list, help_text="[{filename, artifact_id, file_size}]")
    request = models.JSONField(default=dict, help_text="The options as upstream echoes them.")
    timeline = models.JSONField(default=list, help_text="As upstream gives it: newest first.")
    step_count = models.PositiveIntegerField(null=True)
    recording_archived = models.BooleanField(default=False)
    fetched_at = models.DateTimeField()
    error = models.TextField(blank=True, help_text="Why the last reading was not complete.")

    def __str__(self) -> str:
        return f"detail of {self.run_id}"


class Artifact(models.Model):
    """A file of a run. Addressed by id; upstream's URLs expire and are never stored."""

    artifact_id = models.CharField("id", max_length=128, primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE, related_name="artifacts")
    type = models.CharField(max_length=60)
    filename = models.CharField(max_length=300, blank=True, help_text="Of a download.")
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes, where upstream knows.")
    block_id = models.CharField(max_length=128, blank=True)
    step_id = models.CharField(max_length=128, blank=True)
    archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "artifact_id")
        indexes = (models.Index(fields=["run", "type", "created_at"], name="artifact_of_run"),)

    def __str__(self) -> str:
        return f"{self.type} {self.artifact_id}"

    def get_absolute_url(self) -> str:
        return reverse("runs:artifact", args=[self.artifact_id])


class Launch(models.Model):
    """One press of a launch button. Its nonce makes a double press one run."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "About to be sent"
        LAUNCHED = "launched", "Launched"
        REJECTED = "rejected", "Refused by Skyvern"
        UNKNOWN = "unknown", "May have started"

    nonce = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="launches"
    )
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="launches")
    request = models.JSONField(help_text="The body as it was sent.")
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    run_id = models.CharField(max_length=128, blank=True, db_index=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "launches"

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.state}"

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = self.request.get("parameters") or {}
        return found
