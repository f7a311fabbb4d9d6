"""Collects the runs of a frozen filter, newest first, in portions that a killed worker resumes."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.http import QueryDict

from dashboard.models import Revision
from runs.actions.jobs import CHUNK, MOST_ITEMS, applicable
from runs.filters import RunFilter
from runs.models import Job, JobItem, Run


def collect(job: Job) -> bool:
    """Add the next CHUNK of runs; False if another worker did that meanwhile."""
    matching = RunFilter.read(QueryDict(job.query)).every(Run.objects.all())
    runs = applicable(job.kind, matching).filter(place__lt=job.below).order_by("-place")
    have = job.items.aggregate(last=Max("number"))["last"] or 0
    found = list(runs.values_list("run_id", "place")[: min(CHUNK, MOST_ITEMS - have)])
    is_last = len(found) < CHUNK or have + CHUNK >= MOST_ITEMS
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, state=Job.State.FILLING, below=job.below)
        if is_last:
            moved = mine.update(below=None, state=Job.State.RUNNING)
        else:
            moved = mine.update(below=found[-1][1])
        if not moved:
            return False
        JobItem.objects.bulk_create(
            JobItem(job=job, number=number, run_id=run_id)
            for number, (run_id, _) in enumerate(found, have + 1)
        )
        Revision.bump("jobs")
    return True
