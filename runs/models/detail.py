"""What a run left behind: its detail, its files and its tags."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from runs.models.run import Run

if TYPE_CHECKING:
    from runs.models.kept import Kept


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

    link = ""
    """The token of the share link that it is shown through; "" on pages behind the log-in."""

    class Meta:
        ordering = ("created_at", "artifact_id")
        indexes = (models.Index(fields=["run", "type", "created_at"], name="artifact_of_run"),)

    def __str__(self) -> str:
        return f"{self.type} {self.artifact_id}"

    def get_absolute_url(self) -> str:
        if self.link:
            return reverse("runs:shared_file", args=[self.link, self.artifact_id])
        return reverse("runs:artifact", args=[self.artifact_id])

    @property
    def thumbnail_url(self) -> str:
        """Of a screenshot: a WebP of 320 by 200 pixels at most, that a browser may keep.

        Of a shared one the file itself: what a browser keeps would outlive the link.
        """
        if self.link:
            return self.get_absolute_url()
        return reverse("runs:thumbnail", args=[self.artifact_id])

    @property
    def kept(self) -> Kept | None:
        """Where it lies in the store, if it does; one query unless "keeping" was selected, too."""
        row: Kept | None = getattr(self, "keeping", None) if settings.EVIDENCE_STORE else None
        return row if row is not None and row.state == row.State.KEPT else None

    @property
    def is_out_of_reach(self) -> bool:
        """Archived at Skyvern, and no copy is kept here."""
        return self.archived and self.kept is None

    @property
    def kept_at(self) -> datetime | None:
        return self.kept.kept_at if self.kept else None


class Tag(models.Model):
    """One tag of a run as upstream has it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="tags")
    label = models.CharField(max_length=200, help_text="key:value, or the value alone.")
    place = models.BigIntegerField(help_text="The run's.")

    class Meta:
        ordering = ("label",)
        constraints = (models.UniqueConstraint(fields=["run", "label"], name="tag_once"),)
        indexes = (models.Index(fields=["label", "-place"], name="tag_place"),)

    def __str__(self) -> str:
        return self.label
