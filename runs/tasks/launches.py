"""Finds the runs of launches whose answer never came: sent, but perhaps not arrived."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern import schema
from dashboard.skyvern.errors import NotFound
from runs import mirror
from runs.models import Launch

PATIENCE = timedelta(seconds=60)
"""A launch that is still only claimed after this was interrupted."""
BEFORE, AFTER = timedelta(seconds=60), timedelta(seconds=180)
"""The run was created this near to the launch, by clocks that may differ."""
LOOK_FOR = timedelta(hours=1)
NOT_FOUND = (
    "No answer came when this was sent, and no run like it has appeared since. "
    "It may still have started: look at the agent's runs before you launch again."
)


def open_launches() -> QuerySet[Launch]:
    now = timezone.now()
    interrupted = Q(state=Launch.State.CLAIMED, created_at__lt=now - PATIENCE)
    unknown = Q(state=Launch.State.UNKNOWN, run_id="", created_at__gt=now - LOOK_FOR)
    return Launch.objects.filter(interrupted | unknown).order_by("created_at")


def settle(lease: Lease) -> None:
    for launch in open_launches():
        run_id = _find(lease, launch)
        state = Launch.State.LAUNCHED if run_id else Launch.State.UNKNOWN
        Launch.objects.filter(pk=launch.pk, state=launch.state, run_id="").update(
            state=state,
            run_id=run_id,
            error="" if run_id else NOT_FOUND,
            updated_at=timezone.now(),
        )


def _find(lease: Lease, launch: Launch) -> str:
    """The run of that workflow, those parameters and that time which no other launch has."""
    asked = timezone.now()
    rows = lease.call(
        connect().runs_of_workflow,
        launch.workflow_id,
        created_from=launch.created_at - BEFORE,
        created_until=launch.created_at + AFTER,
    )
    mirror.save_runs(rows, seen_at=asked)
    ids = [row.workflow_run_id for row in rows if row.trigger_type in (None, "api")]
    taken = set(Launch.objects.filter(run_id__in=ids).values_list("run_id", flat=True))
    oldest_first = [run_id for run_id in reversed(ids) if run_id not in taken]
    return next((run_id for run_id in oldest_first if _is_alike(lease, run_id, launch)), "")


def _is_alike(lease: Lease, run_id: str, launch: Launch) -> bool:
    try:
        run: schema.Run = lease.call(connect().run, run_id)
    except NotFound:
        return False  # failed in setup: its parameters cannot be compared
    sent = (run.run_request or {}).get("parameters") or {}
    return bool(sent == launch.parameters)
