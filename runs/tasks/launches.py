"""Finds the runs of launches whose answer never came: sent, but perhaps not arrived."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern import schema
from dashboard.skyvern.errors import Unsupported
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
    found = Launch.objects.filter(interrupted | unknown)
    return found.select_related("workflow").order_by("created_at")


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
    """Whether a run was given what was sent: upstream fills in defaults, turns values into the
    declared types and drops what is not declared."""
    got = _parameters(lease, run_id)
    defaults = {one["key"]: one["default_value"] for one in launch.workflow.parameters}
    sent = {key: value for key, value in launch.parameters.items() if value is not None}
    wanted = {**defaults, **sent}
    return all(_same(value, wanted.get(key)) for key, value in got.items()) and not (
        sent.keys() & defaults.keys() - got.keys()
    )


def _parameters(lease: Lease, run_id: str) -> schema.Json:
    api = connect()
    try:
        return lease.call(api.workflow_run, run_id).parameters or {}
    except Unsupported:
        return (lease.call(api.run, run_id).run_request or {}).get("parameters") or {}


def _same(one: object, other: object) -> bool:
    return one == other or str(one).casefold() == str(other).casefold()
