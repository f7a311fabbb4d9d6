"""Finds the runs of launches whose answer never came: sent, but perhaps not arrived."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.models import Activity
from dashboard.skyvern import schema
from dashboard.skyvern.errors import NotFound, Unsupported
from runs import mirror
from runs.actions.claim import NEVER_SENT, withdraw
from runs.mirror.fit import document
from runs.mirror.writing import writing
from runs.models import Launch, Run

PATIENCE = timedelta(seconds=60)
"""A launch that is still only claimed after this was interrupted: it was sent within half a minute
(`SEND_WITHIN`) or not at all, and its POST gives up within the other half."""
BEFORE, AFTER = timedelta(seconds=15), timedelta(seconds=180)
"""The run was created this near to the launch, by clocks that may differ. It cannot come later: to
the time above add 100 s for which Linux goes on sending what a killed process has written."""
LOOK_FOR = timedelta(days=1)
MOST_CANDIDATES = 10
"""Runs whose parameters are asked for, for one launch in one tick."""
AROUND = timedelta(minutes=10)
"""Whoever says that a run does not exist looks further than whoever guesses which one it is."""
PAGE, MOST_PAGES = 500, 10
NOT_FOUND = (
    "No answer came when this was sent, and no run like it has appeared since. "
    "It may still have started: look at the agent's runs before you launch again."
)


def open_launches() -> QuerySet[Launch]:
    """Oldest first. One that was looked for after its time is over: no other run can appear."""
    now = timezone.now()
    interrupted = Q(state=Launch.State.CLAIMED, created_at__lt=now - PATIENCE)
    unknown = Q(
        state=Launch.State.UNKNOWN,
        run_id="",
        created_at__gt=now - LOOK_FOR,
        updated_at__lt=F("created_at") + AFTER,
    )
    found = Launch.objects.filter(interrupted | unknown)
    return found.select_related("workflow", "user").order_by("created_at")


def settle(lease: Lease) -> None:
    for launch in open_launches():
        if withdraw(launch.pk):
            _record(launch, Activity.Result.REJECTED, NEVER_SENT)
        elif not _may_be_taken_by(launch, _on_their_way(launch)):
            _note(launch, _find(lease, launch))


def _on_their_way(launch: Launch) -> QuerySet[Launch]:
    """Those whose run may be created at about the same time, and whose answer may still come."""
    return Launch.objects.filter(
        state=Launch.State.CLAIMED,
        created_at__gte=timezone.now() - PATIENCE,
        created_at__lt=launch.created_at + BEFORE + AFTER,
    )


def _may_be_taken_by(launch: Launch, others: QuerySet[Launch]) -> bool:
    """Whether the run of one of them would look like the run of this one."""
    of_agent = others.filter(workflow_id=launch.workflow_id).exclude(pk=launch.pk)
    return any(_could_be_confused(launch, other) for other in of_agent)


def _could_be_confused(launch: Launch, other: Launch) -> bool:
    """Whether both may be given the same; what a retry is given only upstream knows."""
    if "retry_of" in launch.request or "retry_of" in other.request:
        return True
    return _is_alike(_sent(other), launch, _sent(launch))


def _note(launch: Launch, run_id: str) -> None:
    """Keep what was found, unless the answer came or the run was claimed meanwhile."""
    state = Launch.State.LAUNCHED if run_id else Launch.State.UNKNOWN
    with writing("runs"):
        if run_id and Launch.objects.filter(run_id=run_id).exists():
            return
        moved = Launch.objects.filter(pk=launch.pk, state=launch.state, run_id="").update(
            state=state,
            run_id=run_id,
            error="" if run_id else NOT_FOUND,
            updated_at=timezone.now(),
        )
        if moved and run_id:
            mirror.save_launcher(run_id, launch.user_id)
        if not moved or state == launch.state:
            return
        if run_id:
            found = f"As {run_id}; no answer came, it was found later."
            _record(launch, Activity.Result.OK, found)
        else:
            _record(launch, Activity.Result.UNKNOWN, NOT_FOUND)


def _record(launch: Launch, result: str, detail: str) -> None:
    name = launch.user.get_username() if launch.user else "someone who is deleted"
    original = Run.objects.filter(pk=launch.request.get("retry_of", "")).first()
    record(
        Actor(launch.user, name),
        "retried" if original else "launched",
        original or launch.workflow,
        result=result,
        detail=detail,
    )


def is_absent(lease: Lease, launch: Launch) -> bool | None:
    """Whether Skyvern surely has no run of a launch that is not looked for any more.

    True only if every run of the agent from some time before it until now was read, on all pages,
    and each belongs to another launch or was given something else. A run that cannot be compared
    speaks against it. None while a run that speaks against it may turn out to be another launch's.
    """
    rows = _rows(lease, launch, launch.created_at - AROUND, None)
    free = None if rows is None else _free([row.workflow_run_id for row in rows if _by_api(row)])
    if free is None or len(free) > MOST_CANDIDATES:
        return False
    wanted = _wanted(lease, launch) if free else {}
    given = [_parameters(lease, run_id) for run_id in free]
    if wanted is None:
        return False
    if not any(got is None or _is_alike(got, launch, wanted) for got in given):
        return True
    open_others = Launch.objects.filter(state=Launch.State.CLAIMED) | open_launches()
    is_early = _free(free) != free or _may_be_taken_by(launch, open_others)
    return None if is_early else False


def _rows(
    lease: Lease, launch: Launch, since: datetime, until: datetime | None
) -> list[schema.WorkflowRun] | None:
    """All runs of the agent created in that time; None if they are too many to read.

    A server may send shorter pages than it is asked for, so only an empty one is the end. Runs
    that begin meanwhile move others to the next page: a row may come twice, and none is passed by.
    """
    rows: list[schema.WorkflowRun] = []
    for page in range(1, MOST_PAGES + 1):
        found = lease.call(
            connect().runs_of_workflow,
            launch.workflow_id,
            page=page,
            page_size=PAGE,
            created_from=since,
            created_until=until,
        )
        if not found:
            return rows
        rows += found
    return None


def _find(lease: Lease, launch: Launch) -> str:
    """The run nearest in time that was given the same and that no other launch has, or ""."""
    asked = timezone.now()
    rows = _rows(lease, launch, launch.created_at - BEFORE, launch.created_at + AFTER) or []
    mirror.save_runs(rows, seen_at=asked)
    by_distance = sorted(
        (abs(_created(row, launch) - launch.created_at), row.workflow_run_id)
        for row in rows
        if _by_api(row)
    )
    free = _free([run_id for _, run_id in by_distance])[:MOST_CANDIDATES]
    wanted = _wanted(lease, launch) if free else None
    if wanted is None:
        return ""
    found = ((run_id, _parameters(lease, run_id)) for run_id in free)
    return next(
        (run_id for run_id, got in found if got is not None and _is_alike(got, launch, wanted)), ""
    )


def _by_api(row: schema.WorkflowRun) -> bool:
    return row.trigger_type in (None, "api") and not row.workflow_run_id.startswith("wr_sched_")


def _free(ids: list[str]) -> list[str]:
    """Those that no launch has, in the same order."""
    taken = set(Launch.objects.filter(run_id__in=ids).values_list("run_id", flat=True))
    return [run_id for run_id in dict.fromkeys(ids) if run_id not in taken]


def _created(row: schema.WorkflowRun, launch: Launch) -> datetime:
    """A row without its time goes last."""
    return row.created_at or launch.created_at + AFTER


def _wanted(lease: Lease, launch: Launch) -> schema.Json | None:
    """What the run must have been given; None for a retry of a run that is gone.

    Upstream fills in the defaults, and retries a run with what that one was given.
    """
    if original := launch.request.get("retry_of"):
        return _parameters(lease, original)
    return _sent(launch)


def _sent(launch: Launch) -> schema.Json:
    """With the defaults of what is not given."""
    defaults = {one["key"]: one["default_value"] for one in launch.workflow.parameters}
    sent = {key: value for key, value in launch.parameters.items() if value is not None}
    return {**defaults, **sent}


def _is_alike(got: schema.Json, launch: Launch, wanted: schema.Json) -> bool:
    """Whether that was given: declared keys only, each turned into its declared type."""
    declared = {one["key"] for one in launch.workflow.parameters}
    given = {key for key, value in wanted.items() if value is not None}
    return given & declared <= got.keys() and all(
        _is_same(document(wanted[key]), document(value))
        for key, value in got.items()
        if key in wanted
    )


def _parameters(lease: Lease, run_id: str) -> schema.Json | None:
    """As upstream echoes them; None for a run that it lacks."""
    api = connect()
    try:
        return lease.call(api.workflow_run, run_id).parameters or {}
    except NotFound:
        return None
    except Unsupported:
        return _parameters_of_old_server(lease, run_id)


def _parameters_of_old_server(lease: Lease, run_id: str) -> schema.Json | None:
    try:
        request = lease.call(connect().run, run_id).run_request or {}
    except NotFound:
        return None
    return request.get("parameters") or {}


def _is_same(sent: object, got: object) -> bool:
    """Equal, or one read from the text of the other: values come back as the declared type."""
    if isinstance(got, str):
        return sent == got or (isinstance(sent, str) and _read(sent) == got) or sent == _read(got)
    return _read(sent) == got


def _read(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value.lower() if value in ("True", "False") else value)
    except (ValueError, RecursionError):
        return value
