"""How fresh the mirror is, what changed in it, and when the API may be called next."""

from __future__ import annotations

from django.db import connection, models

_BUMP = """
    INSERT INTO dashboard_revision (name, number) VALUES (%s, 1)
    ON CONFLICT (name) DO UPDATE SET number = dashboard_revision.number + 1
"""


class Feed(models.Model):
    """One refresh of the mirror: who works on it, when it last succeeded, where it stands.

    The row is the lease: a worker claims it by one conditional UPDATE (`dashboard.feeds`), so
    two workers never do the same work and a killed one is followed by the next.
    """

    name = models.CharField(max_length=40, primary_key=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Not before; moved by back-off.")
    attempted_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    error = models.TextField(blank=True)
    latency_ms = models.FloatField(null=True, blank=True, help_text="Of its last API call.")
    cursor = models.JSONField(default=dict, blank=True, help_text="Where a long walk goes on.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """A counter per mirrored table, moved in the transaction that changes it.

    A live page asks "is it still revision 41?" and gets an empty answer if so.
    """

    name = models.CharField(max_length=40, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @staticmethod
    def bump(name: str) -> None:
        """One statement, also for the first time; asked too often for the ORM to compile it."""
        with connection.cursor() as cursor:
            cursor.execute(_BUMP, [name])

    @classmethod
    def of(cls, *names: str) -> str:
        """The state of these tables as one short token; one query."""
        found: dict[str, int] = dict(cls.objects.filter(pk__in=names).values_list("name", "number"))
        return ".".join(str(found.get(name, 0)) for name in names)


class TokenBucket(models.Model):
    """When the next API call may start, for all processes together (`dashboard.limits`)."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.FloatField(default=0.0, help_text="Seconds since the epoch.")

    def __str__(self) -> str:
        return self.name
