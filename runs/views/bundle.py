"""All that is known of a run as one file, for whoever helps with it."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard.access import needs
from dashboard.audit import Actor, record
from runs import bundle
from runs.views import run_detail

TAKEN = "took the support bundle of"
MOST_LOGS = 100
NAME = re.compile(r"[^A-Za-z0-9_-]+")


@needs("runs.view_run")
@require_GET
def run_bundle(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """What is known now, even if its detail is not read yet. It is told in the log who took it."""
    run = run_detail.find(run_id)
    found, actor = run_detail.everything(run, ""), Actor.of(request)
    if found["detail"]:
        found["detail"].refresh_from_db(fields=["outputs"])  # not while the zip is being sent
    logs = run.artifacts.select_related("keeping").filter(type=bundle.LOG)
    case = bundle.Case(
        run=run,
        detail=found["detail"],
        timeline=found["timeline"],
        why=found["failure"],
        failing=found["failure_shot"],
        files=found["files"],
        logs=list(logs.order_by("-created_at", "-artifact_id")[:MOST_LOGS]),
        inputs=found["inputs"],
        tags=found["tags"],
        retried_from=found["retried_from"],
        retried_as=found["retried_as"],
        notes=found["notes"](),
        note_count=run.note_count or 0,
        events=found["annals"](),
        by=actor.name,
        at=timezone.now(),
    )
    record(actor, TAKEN, run)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{NAME.sub("_", run.run_id)}.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(bundle.stream(case), headers=headers)
