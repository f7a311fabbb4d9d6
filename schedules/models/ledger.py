"""The ledger: each fire that a schedule should have, and what became of it.

Written by `schedules.ledger` alone, pauses by `schedules.pausing`; times are UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from runs.models import Run
from schedules.models.schedule import Schedule

MOST_REASON = 500
OVER = ~models.Q(outcome="") & ~models.Q(outcome="live")
"""Of the fires whose run has ended."""


class FireQuerySet(models.QuerySet["Fire"]):
    def open(self) -> FireQuerySet:
        return self.filter(state=Fire.State.DUE)

    def settled(self) -> FireQuerySet:
        return self.exclude(state=Fire.State.DUE)

    def of_state(self, state: str) -> FireQuerySet:
        """Settled so. With the conditions of the indexes over states, or SQLite cannot use them."""
        found = self.settled().filter(state=state)
        return found if state == Fire.State.ON_TIME else found.exclude(state=Fire.State.ON_TIME)

    def of_outcome(self, outcome: str) -> FireQuerySet:
        """The same of the index over outcomes; the one over what is running is another."""
        found = self.filter(outcome=outcome)
        is_over = outcome not in (Fire.Outcome.NONE, Fire.Outcome.LIVE)
        return found.filter(OVER) if is_over else found

    def for_lists(self) -> FireQuerySet:
        """With their runs, but for what is long."""
        light = ("run__raw", "run__words", "run__parameter_words")
        return self.select_related("run").defer(*light)


class Fire(models.Model):
    """One fire by the clock on the wall, or a run that nobody expected (EXTRA).

    `state` says whether its run began, and is settled once; a fire that was MISSED may still
    become LATE, as Skyvern starts the newest one it has dropped behind when it can again.
    `outcome` says what became of the run.
    """

    class State(models.TextChoices):
        DUE = "due", "Due"
        ON_TIME = "on_time", "On time"
        LATE = "late", "Late"
        MISSED = "missed", "Missed"
        EXTRA = "extra", "Extra"
        SKIPPED = "skipped", "Skipped"

    class Outcome(models.TextChoices):
        NONE = "", "None yet"
        LIVE = "live", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        SETUP = "setup", "Failed in setup"
        CANCELED = "canceled", "Canceled"
        OTHER = "other", "Other"

    class Cause(models.TextChoices):
        """Why it was not on time, as far as that can be known."""

        NONE = "", "None"
        UNKNOWN = "unknown", "Not known"
        BUSY = "busy", "Skyvern was busy with another scheduled run"
        COLLAPSED = "collapsed", "Collapsed into a later fire"
        PAUSED = "paused", "Paused before it began"
        EDITED = "edited", "Edited before it began"
        CLOCKS = "clocks", "The clocks changed"
        UNREACHABLE = "unreachable", "Skyvern could not be reached"
        UNWATCHED = "unwatched", "Nobody was watching"
        SILENT = "silent", "No schedule fired at all"

    schedule = models.ForeignKey(Schedule, models.CASCADE, db_index=False, related_name="fires")
    due_at = models.DateTimeField(help_text="Of an extra one: when its run was created.")
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    cause = models.CharField(max_length=12, choices=Cause, blank=True)
    run = models.ForeignKey(
        Run,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,  # as `fire_of_run` serves
        related_name="fires",
        help_text="In no other fire.",
    )
    late_seconds = models.PositiveIntegerField(null=True, help_text="From due to created.")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    is_backfilled = models.BooleanField(
        default=False, help_text="Of the time before the ledger began: worked out afterwards."
    )
    settled_at = models.DateTimeField(null=True)
    made_up_by = models.ForeignKey(
        Run,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The run that a person started in its place.",
    )

    objects = FireQuerySet.as_manager()

    class Meta:
        ordering = ("-due_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["schedule", "due_at"], name="fire_once"),
            # without entries for what is still to come or was missed
            models.UniqueConstraint(
                fields=["run"], condition=models.Q(run__isnull=False), name="fire_of_run"
            ),
        )
        indexes = (
            models.Index(fields=["-due_at", "-id"], name="fire_newest"),
            models.Index(
                fields=["state", "-due_at", "-id"],
                name="fire_by_state",
                condition=~models.Q(state="due"),
            ),
            models.Index(
                fields=["outcome", "-due_at", "-id"], name="fire_by_outcome", condition=OVER
            ),
            models.Index(
                fields=["cause", "-due_at", "-id"],
                name="fire_by_cause",
                condition=models.Q(cause__gt=""),
            ),
            models.Index(
                fields=["schedule", "state", "-due_at", "-id"],
                name="fire_of_schedule",
                condition=~models.Q(state="due") & ~models.Q(state="on_time"),
            ),
            models.Index(fields=["due_at"], name="fire_open", condition=models.Q(state="due")),
            models.Index(fields=["run"], name="fire_running", condition=models.Q(outcome="live")),
            models.Index(
                fields=["made_up_by"],
                name="fire_made_up",
                condition=models.Q(made_up_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at:%Y-%m-%d %H:%M} {self.state}"

    def get_absolute_url(self) -> str:
        """Its run; without one, the page of fires that begins with it."""
        if self.run_id:
            return reverse("runs:run_detail", args=[self.run_id])
        fires = reverse("schedules:fire_list", args=[self.schedule_id])
        after = urlencode({"older": f"{self.due_at.isoformat()}_{self.pk + 1}"})
        return f"{fires}?{after}#fire-{self.pk}"

    @property
    def lateness(self) -> timedelta | None:
        return None if self.late_seconds is None else timedelta(seconds=self.late_seconds)

    def can_be_made_up(self, now: datetime) -> bool:
        """Whether it had no run, and none was started in its place."""
        is_over = self.state in (self.State.MISSED, self.State.SKIPPED)
        was_due = self.state == self.State.DUE and self.due_at <= now
        return (is_over or was_due) and self.run_id is None and self.made_up_by_id is None

    @property
    def lacks_a_run(self) -> bool:
        """Whether that is settled, so that the ledger offers to run it."""
        return self.state != self.State.DUE and self.can_be_made_up(self.due_at)


class Horizon(models.Model):
    """How far the fires of a schedule are written ahead, and what they were reckoned from."""

    schedule = models.OneToOneField(
        Schedule, models.CASCADE, primary_key=True, related_name="horizon"
    )
    timing = models.TextField(help_text="What the fires were reckoned from.")
    changed_at = models.DateTimeField(help_text="The last change of the schedule it goes by.")
    since = models.DateTimeField(help_text="The first fire that is in the ledger is not older.")
    until = models.DateTimeField(db_index=True, help_text="All fires before are in the ledger.")

    def __str__(self) -> str:
        return f"{self.schedule_id} until {self.until:%Y-%m-%d %H:%M}"


class Pause(models.Model):
    """A time in which a schedule was paused, by whom and what for; `end` null while it goes on.

    From `tries` on, how far Skydeck has come with resuming it by itself.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="pauses")
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)
    reason = models.CharField(max_length=MOST_REASON, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    by = models.CharField(
        max_length=150, blank=True, help_text="The user's name; empty if paused outside Skydeck."
    )
    resume_at = models.DateTimeField(null=True, help_text="When it is to be resumed by itself.")
    until_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    bulk = models.ForeignKey("schedules.Bulk", models.SET_NULL, null=True, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Those that came to nothing.")
    try_at = models.DateTimeField(null=True, help_text="Not to be tried again before.")
    error = models.TextField(blank=True, help_text="Why the last try came to nothing.")
    in_flight = models.BooleanField(
        default=False, help_text="Skyvern was asked to resume it, and may have done so."
    )

    class Meta:
        ordering = ("-begin",)
        constraints = (
            models.UniqueConstraint(
                fields=["schedule"], name="paused_once", condition=models.Q(end=None)
            ),
        )
        indexes = (
            models.Index(
                fields=["resume_at"],
                name="pause_to_end",
                condition=models.Q(end=None, resume_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.schedule_id} paused {self.begin:%Y-%m-%d %H:%M}"

    @property
    def is_overdue(self) -> bool:
        """Whether it was to have been resumed by now."""
        return self.end is None and self.resume_at is not None and self.resume_at <= timezone.now()


class Gap(models.Model):
    """A time in which Skydeck did not watch, or could not."""

    class Why(models.TextChoices):
        STOPPED = "stopped", "Skydeck was not running"
        UNREACHABLE = "unreachable", "Skyvern could not be reached"

    begin = models.DateTimeField()
    end = models.DateTimeField(null=True, help_text="Null while it goes on.")
    why = models.CharField(max_length=12, choices=Why)

    class Meta:
        ordering = ("-begin",)

    def __str__(self) -> str:
        return f"{self.why} {self.begin:%Y-%m-%d %H:%M}"
