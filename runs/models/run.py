"""Runs as they are mirrored, with what they left behind.

Mirrored rows are written by `runs.mirror` alone. Ids are upstream's; times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zlib import crc32

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from runs.models.failure import FailureGroup
from runs.models.workflow import Workflow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPREAD = 1024


SPARSE = {
    "schedule_id": models.Q(schedule_id__gt=""),
    "category": models.Q(category__gt=""),
    "error_code": models.Q(error_code__gt=""),
    "launched_by": models.Q(launched_by__isnull=False),
    "failure_group": models.Q(failure_group__isnull=False),
    "detail_due": models.Q(detail_due=True),
}
"""Columns that tell nothing of most runs, and what is true of those in their index.

A query must say that as well, or the database cannot know that the index holds all it asks for.
"""


def place_at(moment: datetime) -> int:
    """The lowest place that a run created at that moment (UTC) can have."""
    return (moment - EPOCH) // timedelta(microseconds=1) * SPREAD


if TYPE_CHECKING:
    Integer = models.BigIntegerField[int | None, int]
else:
    Integer = models.BigIntegerField


class PlaceField(Integer):
    """Where a run stands among all: by creation, in one number that no other run has.

    One integer is what pages are turned by, what every index ends with and what the text index
    numbers its rows by. Runs of the same microsecond are told apart by their id; the mirror moves
    one on where even that is the same.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        place: int | None = getattr(model_instance, self.attname)
        if place is None:
            place = place_of(cast(Run, model_instance))
            setattr(model_instance, self.attname, place)
        return place


def place_of(run: Run) -> int:
    return place_at(run.created_at) + crc32(run.run_id.encode()) % SPREAD


class RunQuerySet(models.QuerySet["Run"]):
    def live(self) -> RunQuerySet:
        return self.filter(phase=Run.Phase.LIVE)

    def failed(self) -> RunQuerySet:
        return self.filter(phase=Run.Phase.FAILED)

    def newest(self) -> RunQuerySet:
        return self.order_by("-place")

    def of_schedule(self, schedule_id: str | models.OuterRef) -> RunQuerySet:
        return self.filter(SPARSE["schedule_id"], schedule_id=schedule_id)


class Run(models.Model):
    class Phase(models.TextChoices):
        """What a status means for a person, derived by the mirror; filtered by ONE equality."""

        LIVE = "live", "Live"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"
        OTHER = "other", "Other"

    run_id = models.CharField("id", max_length=128, primary_key=True)
    place = PlaceField(unique=True, help_text="Its time of creation as one unique number.")
    workflow = models.ForeignKey(
        Workflow, models.PROTECT, null=True, db_index=False, related_name="runs"
    )
    title = models.CharField(max_length=500, blank=True)
    run_type = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40, help_text="As upstream says, unknown ones too.")
    phase = models.CharField(max_length=10, choices=Phase)
    failure_reason = models.TextField(blank=True)
    category = models.CharField(max_length=60, blank=True, help_text="The most certain one.")
    error_code = models.CharField(max_length=200, blank=True, help_text="The first one.")
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
    duration_ms = models.BigIntegerField(null=True, help_text="From start to end, once it ended.")
    words = models.TextField(blank=True, help_text="What a text search finds it by.")
    parameter_words = models.TextField(blank=True, help_text="The same of its parameters.")
    raw = models.JSONField(default=dict, help_text="The list row as it came.")

    seen_at = models.DateTimeField(help_text="When upstream last told of it.")
    changed_at = models.DateTimeField(help_text="When the mirror last changed it.")
    missing_at = models.DateTimeField(null=True, help_text="When upstream no longer had it.")
    stuck_at = models.DateTimeField(null=True, help_text="Running far past its limit, unchanged.")
    detail_due = models.BooleanField(default=False, help_text="Changed since its detail was read.")
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="runs"
    )
    watched_at = models.DateTimeField(null=True, help_text="When a person last had its page open.")
    failure_group = models.ForeignKey(
        FailureGroup, models.SET_NULL, null=True, db_index=False, related_name="members"
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-place",)
        permissions = (
            ("launch_run", "Can launch runs"),
            ("cancel_run", "Can cancel runs"),
            ("retry_run", "Can retry and continue runs, and replay their webhooks"),
        )
        indexes = (
            *(
                models.Index(fields=[name, "-place"], name=f"run_place_{name}")
                for name in ("phase", "status", "workflow", "trigger_type")
            ),
            *(
                models.Index(fields=[name, "-place"], name=f"run_place_{name}", condition=is_told)
                for name, is_told in SPARSE.items()
            ),
            models.Index(fields=["workflow", "phase", "-place"], name="run_place_workflow_phase"),
            models.Index(fields=["duration_ms", "place"], name="run_duration"),
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
    def is_taggable(self) -> bool:
        """Upstream tags workflow runs that it still has."""
        return self.missing_at is None and self.run_id.startswith("wr_")

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
