"""Whether upstream has its schedules switched off."""

from __future__ import annotations

from django.db.models import QuerySet

from dashboard.models import Feed


def off_notes() -> QuerySet[Feed]:
    """The schedules' feed if upstream answered, without failing, that its schedules are off."""
    return Feed.objects.filter(pk="schedules", failures=0).exclude(error="")


def switched_off() -> str:
    """Upstream's reason if its schedules are off, else ""."""
    return off_notes().values_list("error", flat=True).first() or ""
