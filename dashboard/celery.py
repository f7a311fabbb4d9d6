"""The Celery program: `celery -A dashboard.celery worker` and `… beat`."""

import os

from celery import Celery

from dashboard import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
broker.install()
app = Celery("skydeck")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
