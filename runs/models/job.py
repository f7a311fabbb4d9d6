"""Work on many runs: the rows are the truth, tasks only carry it on."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from runs.models.workflow import Workflow


class Job(models.Model):
    """The same verb for many runs, or many launches of one agent."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", "Cancel"
        RETRY = "retry", "Retry"
        TAG = "tag", "Tag"
        LAUNCH = "launch", "Launch"

    class State(models.TextChoices):
        FILLING = "filling", "Collecting"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ABORTED = "aborted", "Aborted"
        DONE = "done", "Done"

    job_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.FILLING)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="jobs"
    )
    workflow = models.ForeignKey(Workflow, models.PROTECT, null=True, related_name="jobs")
    options = models.JSONField(default=dict, help_text="What the verb needs beside the item.")
    query = models.TextField(blank=True, help_text="The filter whose runs are being collected.")
    below = models.BigIntegerField(null=True, help_text="Runs behind this place are still to come.")
    at_once = models.PositiveIntegerField(default=2, help_text="Launches: runs live together.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file it is of.")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    NOTES = ("by", "from", "counts", "table")

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("runs:job_detail", args=[self.pk])

    @property
    def verb_options(self) -> dict[str, Any]:
        """The options without what the job itself notes there: who started it, how it ended."""
        return {name: value for name, value in self.options.items() if name not in self.NOTES}

    @property
    def is_going(self) -> bool:
        return self.state in (self.State.FILLING, self.State.RUNNING)

    @property
    def is_over(self) -> bool:
        """Nothing of it is at work any more, nor will be."""
        return self.ended_at is not None


class JobItem(models.Model):
    """One run to act on, or one row to launch. Its id is the nonce of what it sends."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Working"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Not known"

    item_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    number = models.PositiveIntegerField(help_text="From 1, in the order of the table or file.")
    run_id = models.CharField(max_length=128, blank=True, help_text="Acted on, or launched.")
    parameters = models.JSONField(default=dict, help_text="Of a launch.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Those that came to nothing.")
    error = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["job", "number"], name="job_item_once"),)
        indexes = (
            models.Index(fields=["job", "state", "number"], name="job_item_by_state"),
            models.Index(
                fields=["run_id"], name="job_item_of_run", condition=models.Q(run_id__gt="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"
