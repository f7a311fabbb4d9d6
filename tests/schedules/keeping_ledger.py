"""`python -m tests.schedules.keeping_ledger`: keeps a Skydeck's ledger for ever, and asks for no
lease. It reads the schedules once; several of it, and the worker, are in each other's way.
"""

import time

import django

django.setup()

from django.utils import timezone  # noqa: E402

from schedules.ledger import expecting, settling, watching  # noqa: E402
from schedules.tasks import refresh_schedules  # noqa: E402


def keep() -> None:
    now = timezone.now()
    expecting.look_ahead(now)
    if mirrored := watching.mirrored():
        settling.settle(now, mirrored)


if __name__ == "__main__":
    refresh_schedules()
    while True:
        keep()
        time.sleep(0.2)
