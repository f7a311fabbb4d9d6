"""Who did what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class Activity(models.Model):
    """Who did what, when, to what, from where, with what result. Append-only."""

    class Result(models.TextChoices):
        OK = "ok", "Done"
        REJECTED = "rejected", "Refused"
        UNKNOWN = "unknown", "Not known"

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=40)
    target_type = models.CharField(max_length=20)
    target_id = models.CharField(max_length=128)
    target_label = models.CharField(max_length=300, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.OK)
    detail = models.TextField(blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "activity"
        indexes = (
            models.Index(fields=["-at", "-id"], name="activity_newest"),
            models.Index(fields=["target_type", "target_id", "-at"], name="activity_of_target"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.target_label or self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the activity log is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the activity log is append-only")
