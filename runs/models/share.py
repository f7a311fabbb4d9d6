"""Links that show one run to people without an account."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F
from django.utils import timezone

from runs.models.run import Run


class ShareQuerySet(models.QuerySet["Share"]):
    def live(self) -> Self:
        """Those that still open their run."""
        return self.filter(expires_at__gt=timezone.now(), revoked_at=None)

    def ended(self) -> Self:
        return self.exclude(expires_at__gt=timezone.now(), revoked_at=None)

    def count_opening(self) -> None:
        self.update(opened=F("opened") + 1, opened_at=timezone.now())

    def revoke(self, user: User) -> int:
        """How many."""
        return self.update(revoked_at=timezone.now(), revoked_by=user)


class Share(models.Model):
    """A link to one run, for whoever has it, until it expires or is revoked.

    Nothing here opens anything: the address holds the id with a signature (`runs.sharing`).
    An id is never given twice, not even after a backup was put back.
    """

    MOST = 20
    """Live ones of one run."""
    LIFETIMES = {str(days): timedelta(days=days) for days in (1, 7, 30)}

    share_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    run = models.ForeignKey(Run, models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="shares"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    opened = models.PositiveIntegerField(default=0, help_text="How often its page was loaded.")
    opened_at = models.DateTimeField(null=True, help_text="When last.")

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-share_id")
        permissions = (("share_run", "Can share runs with people who have no account"),)

    def __str__(self) -> str:
        return f"share link of {self.run_id}"
