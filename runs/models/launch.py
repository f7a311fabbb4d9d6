"""What people launch: each press of the button, presets and drafts."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from runs.models.workflow import Workflow


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
    sent_at = models.DateTimeField(null=True, help_text="Written before it is sent.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "launches"

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.state}"

    @property
    def was_withdrawn(self) -> bool:
        """Whether it was given up before it was sent, so that surely nothing was started."""
        return self.state == self.State.REJECTED and self.sent_at is None

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = self.request.get("parameters") or {}
        return found


class Preset(models.Model):
    """A launch form filled in and named, for oneself or for all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presets")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="presets")
    name = models.CharField(max_length=80)
    shared = models.BooleanField(default=False)
    request = models.JSONField(help_text="As a launch's: of headers only the names.")
    definitions = models.JSONField(
        default=list, help_text="The agent's parameters when it was saved: [{key, type}]."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["user", "workflow", "name"], name="preset_once"),
        )

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What a person has typed into a launch form and not sent yet; never a secret."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="drafts")
    typed = models.JSONField(help_text="Field name → text, as the browser sends it.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "workflow"], name="draft_once"),)

    def __str__(self) -> str:
        return f"{self.user} for {self.workflow_id}"
