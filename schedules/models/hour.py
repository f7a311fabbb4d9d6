"""What is to come, hour by hour, as it is reckoned ahead for the pages. Times are UTC."""

from __future__ import annotations

from datetime import timedelta

from django.db import models


class Hour(models.Model):
    """The fires of all schedules within one hour, and how they would wait for each other.

    Written by `schedules.reckoning` alone. The waiting is that of a server which starts one
    scheduled run at a time, were each to take as long as its agent's usually do.
    """

    LISTED = 200

    begin = models.DateTimeField(primary_key=True)
    fires = models.PositiveIntegerField()
    at_once = models.PositiveIntegerField(help_text="The most within one minute.")
    busiest = models.PositiveSmallIntegerField(help_text="That minute of the hour.")
    wait_seconds = models.PositiveIntegerField(help_text="The longest that one of them waits.")
    dropped = models.PositiveIntegerField(
        help_text="Due again before they begin: of these the server starts the last one alone."
    )
    first = models.JSONField(help_text="Minute and schedule of the first LISTED fires.")

    class Meta:
        ordering = ("begin",)

    def __str__(self) -> str:
        return f"{self.begin:%Y-%m-%d %H:%M} {self.fires}"

    @property
    def key(self) -> str:
        """As an address names it."""
        return f"{self.begin:%Y-%m-%dT%H:%MZ}"

    @property
    def wait(self) -> timedelta:
        return timedelta(seconds=self.wait_seconds)
