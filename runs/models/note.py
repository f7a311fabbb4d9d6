"""What people tell each other about a run."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from runs.models.run import Run


class Note(models.Model):
    """What one person wrote about a run. It is never changed, only deleted."""

    LONGEST = 4_000

    run = models.ForeignKey(Run, models.CASCADE, related_name="notes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="notes"
    )
    text = models.TextField(max_length=LONGEST)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"note on {self.run_id}"
