"""Who wants to be told of what, what there was to tell, and what is still to be looked at."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.urls import reverse

from dashboard.models import Channel
from runs.models.failure import FailureGroup
from runs.models.run import Run
from runs.models.workflow import Workflow


class RuleQuerySet(models.QuerySet["Rule"]):
    def on(self) -> RuleQuerySet:
        return self.filter(enabled=True)


class Rule(models.Model):
    """Of these runs, or fires of schedules, when this happens, tell there."""

    class Event(models.TextChoices):
        ENDED = "ended", "A run ends as…"
        STREAK = "streak", "Runs fail several times in a row"
        RECOVERED = "recovered", "It works again after failures"
        SLOW = "slow", "A run takes longer than…"
        STUCK = "stuck", "A run is stuck"
        FAILURE = "failure", "A failure is new, or is back again"
        MISSED = "missed", "A fire is missed"
        LATE = "late", "A fire is late by more than…"
        RESUMED = "resumed", "It fires again after missed fires"

    OF_FIRES = (Event.MISSED, Event.LATE, Event.RESUMED)
    """What is told by whoever keeps the ledger of schedules."""

    name = models.CharField(max_length=80, unique=True)
    event = models.CharField(max_length=10, choices=Event)
    statuses = models.JSONField(default=list, help_text="Of ENDED: those that count.")
    count = models.PositiveIntegerField(default=1, help_text="In a row, before it tells.")
    minutes = models.PositiveIntegerField(default=60, help_text="Of SLOW, LATE.")
    workflow = models.ForeignKey(
        Workflow, models.CASCADE, null=True, related_name="rules", help_text="Null for any agent."
    )
    schedule_id = models.CharField(max_length=128, blank=True, help_text="Empty for any run.")
    group = models.ForeignKey(FailureGroup, models.CASCADE, null=True, related_name="rules")
    channels = models.ManyToManyField(Channel, related_name="rules")
    gap_minutes = models.PositiveIntegerField(
        default=5, help_text="One message in so long at most; what comes meanwhile is gathered."
    )
    quiet_from = models.TimeField(null=True, help_text="By the clock of quiet_zone.")
    quiet_until = models.TimeField(null=True)
    quiet_zone = models.CharField(max_length=64, default="UTC")
    enabled = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="rules"
    )
    since = models.DateTimeField(help_text="What ended before is none of its business.")
    told_at = models.DateTimeField(null=True, help_text="When it last had something sent.")

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("runs:rule_detail", args=[self.pk])

    def is_quiet(self, moment: datetime) -> bool:
        """Whether its quiet hours are going on; those that begin when they end are none."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        clock = moment.astimezone(ZoneInfo(self.quiet_zone)).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


class Alert(models.Model):
    """Something that a rule asks for has happened; its key makes it one, however often seen."""

    rule = models.ForeignKey(Rule, models.CASCADE, db_index=False, related_name="alerts")
    key = models.CharField(max_length=200)
    run = models.ForeignKey(
        Run, models.CASCADE, null=True, db_constraint=False, related_name="alerts"
    )
    title = models.CharField(max_length=300)
    agent = models.CharField(max_length=100, blank=True, help_text="Of what has no run.")
    reason = models.CharField(max_length=500, blank=True, help_text="Likewise.")
    path = models.TextField(blank=True, help_text="Likewise: where it is seen.")
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When it went into a notification.")

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["rule", "key"], name="alert_once"),)
        indexes = (
            models.Index(
                fields=["rule"], name="alert_untold", condition=models.Q(told_at__isnull=True)
            ),
            models.Index(fields=["rule", "-id"], name="alert_of_rule"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.run.get_absolute_url() if self.run else self.path


class RunEnd(models.Model):
    """A run that has ended and that no rule has looked at yet; gone once all have."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="end")
    at = models.DateTimeField(help_text="When the mirror learned of it.")

    class Meta:
        ordering = ("at",)
        indexes = (models.Index(fields=["at"], name="run_end_oldest"),)

    def __str__(self) -> str:
        return f"end of {self.run_id}"
