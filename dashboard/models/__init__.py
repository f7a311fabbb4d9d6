"""What the foundation remembers: the mirror's state, who did what, what people are told of."""

from dashboard.models.activity import Activity
from dashboard.models.mirror import Feed, Revision, TokenBucket
from dashboard.models.notification import Channel, Delivery, Notification

__all__ = [
    "Activity",
    "Channel",
    "Delivery",
    "Feed",
    "Notification",
    "Revision",
    "TokenBucket",
]
