"""Makes notifications of alerts: one in so long for each rule, so that a flood is one message."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from dashboard.models import Revision
from dashboard.notify import outbox
from runs.alerts import wording
from runs.mirror.writing import writing
from runs.models import Alert, Rule

KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 500


def gather() -> None:
    """Hand to the outbox what waits and may be told now."""
    now = timezone.now()
    untold = Alert.objects.filter(rule=OuterRef("pk"), told_at=None)
    for rule in Rule.objects.on().filter(Exists(untold)):
        if may_tell(rule, now):
            _tell(rule.pk, now)


def may_tell(rule: Rule, now: datetime) -> bool:
    """Not in quiet hours, nor soon after the last message; a message of the future is no reason."""
    gap = timedelta(minutes=rule.gap_minutes)
    is_soon = rule.told_at is not None and now - gap < rule.told_at <= now
    return not is_soon and not rule.is_quiet(now)


def _tell(pk: int, now: datetime) -> None:
    with writing("alerts"):
        rule = Rule.objects.on().filter(pk=pk).first()
        if rule is None or not may_tell(rule, now):
            return
        untold = rule.alerts.filter(told_at=None).order_by("pk")
        first = untold.select_related("run__workflow", "run__failure_group")
        alerts = list(
            first.defer("run__raw", "run__workflow__raw", "run__workflow__parameters")[
                : wording.LISTED
            ]
        )
        if not alerts:
            return
        told = untold.update(told_at=now)
        document = wording.document(rule, alerts, told)
        key = f"rule {rule.pk} alert {alerts[0].pk}"
        outbox.put(rule.channels.all(), key=key, subject=document["title"], document=document)
        Rule.objects.filter(pk=pk).update(told_at=now)
        Revision.bump("alerts")


def forget() -> None:
    """Delete some of the alerts of long ago; they stand in the order in which they came."""
    oldest = Alert.objects.order_by("pk").values_list("pk", "at")[:FORGOTTEN_AT_ONCE]
    limit = timezone.now() - KEPT
    Alert.objects.filter(pk__in=[pk for pk, at in oldest if at < limit]).delete()
