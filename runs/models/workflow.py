"""Agents, and how their runs went by the hour."""

from __future__ import annotations

from django.db import models
from django.urls import reverse


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def called(self, text: str, most: int) -> list[tuple[str, str]]:
        """(id, title) of the one with this id; else of those with this title, in its case if any
        has it. No more than `most`."""
        if not text:
            return []
        meant = self.filter(models.Q(pk=text) | models.Q(title__iexact=text))
        found = list(meant.values_list("wpid", "title")[:most])
        same_id = [pair for pair in found if pair[0] == text]
        return same_id or [pair for pair in found if pair[1] == text] or found


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

    objects = WorkflowQuerySet.as_manager()

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


class Tally(models.Model):
    """How many runs of an agent were created in an hour (UTC) and stand in a phase.

    Kept up by the mirror as runs change, so that no page counts runs; an hour without such runs
    has no row. Runs of no agent are told of under the agent "".
    """

    workflow = models.ForeignKey(
        Workflow, models.CASCADE, related_name="tallies", db_constraint=False, db_index=False
    )
    hour = models.DateTimeField()
    phase = models.CharField(max_length=10)
    runs = models.IntegerField(default=0)
    timed = models.IntegerField(default=0, help_text="How many of them took a known time.")
    duration_ms = models.BigIntegerField(default=0, help_text="Of those together.")

    class Meta:
        verbose_name_plural = "tallies"
        constraints = (
            models.UniqueConstraint(fields=["workflow", "hour", "phase"], name="tally_once"),
        )
        indexes = (
            models.Index(fields=["hour"], name="tally_by_hour"),
            # All that is summed up over many agents: their rows need not be looked at.
            models.Index(fields=["phase", "hour", "workflow", "runs"], name="tally_by_phase"),
        )

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.hour} {self.phase}: {self.runs}"
