"""`python -m tests.dashboard.racing_outbox WHAT`: a worker of the outbox on its own database.

"put URL": one notification to a webhook there. "send SECONDS": whatever is due, under leases of
so many seconds, until nothing is left.
"""

import sys
import time
from datetime import timedelta

import django
from django.conf import settings

django.setup()

from dashboard.models import Channel, Notification  # noqa: E402
from dashboard.notify import outbox, webhook  # noqa: E402
from dashboard.notify.message import trial  # noqa: E402

SENT = Notification.State.SENT


def put(url: str) -> None:
    outbox.hurry = lambda: None  # it is for the others to send
    secret = webhook.new_secret()
    channel = Channel.objects.create(name="Hook", kind="webhook", address=url, secret=secret)
    outbox.put([channel], key="one", subject="S", document=trial("Hook", "me"))


def send(seconds: str) -> None:
    outbox.LEASE = timedelta(seconds=float(seconds))
    settings.NOTIFY_PRIVATE_HOSTS = ["127.0.0.1"]
    end = time.monotonic() + 30
    while time.monotonic() < end and Notification.objects.exclude(state=SENT).exists():
        outbox.deliver()
        time.sleep(0.05)


if __name__ == "__main__":
    {"put": put, "send": send}[sys.argv[1]](sys.argv[2])
