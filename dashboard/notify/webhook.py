"""A notification as a signed webhook, by the rules of https://www.standardwebhooks.com.

`webhook-id` is the same at every try, so that the other side can tell a second copy; time and
signature are of the try itself.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime

from standardwebhooks import Webhook

from dashboard.models import Notification
from dashboard.notify.message import document_of

SECRET_BYTES = 32


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def body(notification: Notification) -> bytes:
    told = {
        "type": "skydeck.alert" if document_of(notification)["events"] else "skydeck.test",
        "id": str(notification.pk),
        "timestamp": notification.made_at.isoformat(),
        "data": notification.document,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(
    notification: Notification, secret: str, content: bytes, at: datetime
) -> dict[str, str]:
    """`at` is the moment of this try, UTC."""
    number = str(notification.pk)
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(number, at, content.decode()),
    }
