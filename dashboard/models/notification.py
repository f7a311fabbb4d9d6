"""Where people are told of things, what they are told, and what came of each try to do so."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse


class Channel(models.Model):
    """A place to send to. Its address may be a secret in itself, and is shown in part only."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack"
        WEBHOOK = "webhook", "Webhook"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    address = models.TextField(help_text="One URL, or e-mail addresses separated by commas.")
    secret = models.CharField(max_length=100, blank=True, help_text="What a webhook is signed by.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="channels"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        permissions = (("own_alerts", "Can say who is told of what"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("runs:channel_detail", args=[self.pk])


class Notification(models.Model):
    """One message to one channel. Its id is what the other side can tell a second copy by."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not delivered"

    notification_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200, help_text="Of what it tells; once for each channel.")
    subject = models.CharField(max_length=300)
    document = models.JSONField(help_text="What it tells: see `dashboard.notify.message`.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(help_text="Not to be sent before.")
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Why the last try came to nothing.")
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at", "-notification_id")
        constraints = (models.UniqueConstraint(fields=["channel", "key"], name="notified_once"),)
        indexes = (
            models.Index(
                fields=["due_at"],
                name="notification_open",
                condition=models.Q(state__in=("waiting", "sending")),
            ),
            models.Index(fields=["-made_at", "-notification_id"], name="notification_newest"),
        )

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("runs:notification_detail", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.SENT, self.State.FAILED)


class Delivery(models.Model):
    """One try to send a notification."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    ok = models.BooleanField()
    said = models.TextField(help_text="What the other side answered, or why there was no answer.")
    seconds = models.FloatField(null=True)

    class Meta:
        ordering = ("at", "pk")
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.notification_id} {'sent' if self.ok else 'not sent'}"
