"""Where a worker finds what the foundation does in the background."""

from dashboard.notify.outbox import deliver, forget

__all__ = ["deliver", "forget"]
