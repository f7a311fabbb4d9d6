"""`python -m tests.runs.racing_slices JOBS ROWS`: so many launch jobs, with so many rows each."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from dashboard.audit import SYSTEM  # noqa: E402
from dashboard.celery import app  # noqa: E402
from dashboard.connect import connect  # noqa: E402
from runs import mirror  # noqa: E402
from runs.actions.jobs import create_launches  # noqa: E402
from runs.models import Workflow  # noqa: E402


def main(jobs: int, rows: int) -> None:
    app.loader.import_default_modules()  # or nobody could be woken
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    agent = Workflow.objects.get(title="Slow crawl")
    for _ in range(jobs):
        create_launches(agent, [{}] * rows, request={}, at_once=rows, digest="", actor=SYSTEM)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
