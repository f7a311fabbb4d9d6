"""How people like to see the runs table."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A named query of the runs table, for oneself or for all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True, help_text="Without a question mark.")
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["user", "name"], name="view_once"),)

    def __str__(self) -> str:
        return self.name


class TableSettings(models.Model):
    """One person's columns, density and the view that opens first."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="run_table"
    )
    columns = models.JSONField(default=list, help_text="Names in order; empty: the usual ones.")
    dense = models.BooleanField(default=False)
    default_view = models.ForeignKey(SavedView, models.SET_NULL, null=True)

    class Meta:
        verbose_name_plural = "table settings"

    def __str__(self) -> str:
        return f"of {self.user}"
