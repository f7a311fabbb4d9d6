"""Small pictures of screenshots, made once."""

from __future__ import annotations

from django.db import models

from runs.models.detail import Artifact


class Thumbnail(models.Model):
    """In the database, so that every web process has it; empty where none can be made."""

    artifact = models.OneToOneField(
        Artifact, models.CASCADE, primary_key=True, related_name="thumbnail"
    )
    content = models.BinaryField(help_text="A WebP.")
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"thumbnail of {self.artifact_id}"
