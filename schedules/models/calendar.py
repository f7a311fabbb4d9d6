"""The secret addresses under which people's calendars read what is to come."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class CalendarLink(models.Model):
    """One person's address; another one replaces it.

    Nothing here opens anything: the address holds the id with a signature
    (`schedules.calendar`). So it can be shown to its owner again, who has several calendars,
    and a copy of the database opens none.
    """

    link_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_link"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, help_text="When a calendar last read it.")

    def __str__(self) -> str:
        return f"calendar link of {self.user}"
