"""Which files of runs are kept here, and which are still to be fetched."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, Sum

from dashboard import leases
from runs.models.detail import Artifact
from runs.models.run import Run


class KeptQuerySet(models.QuerySet["Kept"]):
    def kept(self) -> KeptQuerySet:
        return self.filter(state=Kept.State.KEPT)

    def at_work(self, now: datetime) -> KeptQuerySet:
        """Those that a worker has, which is not overdue."""
        due = (now, now + Kept.ABSURD)
        return self.filter(state=Kept.State.WORKING, lease_until__range=due)

    def free(self, state: str, now: datetime) -> KeptQuerySet:
        """Those in that state that nobody has: the newest runs' first, as a person asks of them."""
        return self.filter(leases.free(now, Kept.ABSURD), state=state).order_by("-place", "pk")

    def bytes(self) -> int:
        return int(self.kept().aggregate(total=Sum("size"))["total"] or 0)

    def by_state(self) -> dict[str, int]:
        return dict(self.order_by().values_list("state").annotate(count=Count("pk")))


class Kept(models.Model):
    """One file of a run that has ended, on its way into the store, in it, or not any more.

    The row is the lease: a worker claims it by one conditional UPDATE, and writes down under which
    name and with which size it saves the file before it does. So whoever comes after a killed one
    can tell a whole file from a part of one, and no file is in the store that no row knows.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Being fetched"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Given up"
        GONE = "gone", "Gone at Skyvern"
        LET_GO = "let_go", "Let go"

    ABSURD = timedelta(hours=12)
    """A lease or a wait that ends later than this was written under a clock that has jumped."""

    artifact = models.OneToOneField(
        Artifact, models.CASCADE, primary_key=True, related_name="keeping"
    )
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    place = models.BigIntegerField(help_text="The run's: files of older runs are let go first.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    token = models.UUIDField(unique=True, null=True, help_text="Its name in the store.")
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes, as they were counted.")
    content_type = models.CharField(max_length=100, blank=True, help_text="As was found out.")
    lease_until = models.DateTimeField(null=True, help_text="Nobody else takes it up before.")
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    kept_at = models.DateTimeField(null=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "kept file"
        indexes = (models.Index(fields=["state", "place", "size"], name="kept_by_state"),)

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.artifact_id}"

    @property
    def name(self) -> str:
        """Where it lies in the store: one of 256 folders, and nothing that upstream wrote."""
        if self.token is None:
            raise ValueError("this file has no place in the store")
        return f"{self.token.hex[:2]}/{self.token.hex}"
