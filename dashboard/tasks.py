"""What the foundation does in the background: it sends what people are to be told."""

from __future__ import annotations

from celery import shared_task

from dashboard.notify import outbox


@shared_task
def deliver_notifications() -> None:
    """Those that are due; running it in two workers sends nothing twice."""
    outbox.deliver()


@shared_task
def forget_notifications() -> None:
    """Those of long ago."""
    outbox.forget()
