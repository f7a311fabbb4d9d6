"""The Celery program: `celery -A dashboard.celery worker` and `… beat`."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from dashboard import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
broker.install()
app = Celery("skydeck")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def leave_alone_what_stays(**_: Any) -> None:
    """All that is loaded lives as long as the worker: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


@worker_ready.connect
def refresh_at_once(**_: Any) -> None:
    """A worker that starts does not wait out the first period of each beat entry."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], **entry["options"])
