"""Schedules: cron, interval and one-time, with the server's own rules and words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.firing import next_runs
from dashboard.sandbox.parameters import check_for_schedule
from dashboard.sandbox.state import ORGANIZATION, Schedule, Workflow
from dashboard.sandbox.wire import (
    RefusedError,
    Request,
    check_range,
    invalid,
    missing,
    naive,
    not_one_of,
    page,
    zulu,
)

type Json = dict[str, Any]

TRIGGERS = ("cron_expression", "interval_seconds", "run_at")
SHORTEST_SECONDS = 300
SAMPLE_SPAN = timedelta(hours=25)
SAMPLE_COUNT = 2000


def list_all(engine: Engine, request: Request) -> Json:
    number = request.number("page", 1)
    size = request.number("page_size", 10, at_most=100)
    status = request.text("status")
    if status is not None and status not in ("active", "paused"):
        raise not_one_of(["active", "paused"], ["query", "status"], status, "literal_error")
    found = [
        s
        for s in sorted(engine.world.schedules.values(), key=lambda s: s.created_at, reverse=True)
        if (status is None or s.enabled == (status == "active")) and _matches(engine, s, request)
    ]
    rows = [_row(engine, schedule) for schedule in page(found, number, size)]
    return {"schedules": rows, "total_count": len(found), "page": number, "page_size": size}


def _matches(engine: Engine, schedule: Schedule, request: Request) -> bool:
    wanted = (request.text("search") or "").lower()
    title = _workflow(engine, schedule.wpid).title
    return wanted in f"{title}\n{schedule.name or ''}".lower()


def _row(engine: Engine, schedule: Schedule) -> Json:
    coming = next_runs(schedule, engine.now(), 1) if schedule.enabled else []
    body = describe(engine, schedule)
    for name in ("temporal_schedule_id", "deleted_at"):
        body.pop(name)
    title = _workflow(engine, schedule.wpid).title
    return {**body, "workflow_title": title, "next_run": zulu(coming[0]) if coming else None}


def list_of_workflow(engine: Engine, request: Request, wpid: str) -> Json:
    _workflow(engine, wpid)
    found = [s for s in engine.world.schedules.values() if s.wpid == wpid]
    return {"schedules": [describe(engine, s) for s in found]}


def read(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    return _detail(engine, _find(engine, wpid, schedule_id))


def create(engine: Engine, request: Request, wpid: str) -> Json:
    given = _checked(engine, request)
    workflow = _workflow(engine, wpid)
    now = engine.now()
    settings = _settings(given, workflow, now)
    schedule = Schedule(
        schedule_id=engine.world.next_id("wfs"),
        wpid=wpid,
        enabled=given.get("enabled") is not False,
        created_at=now,
        modified_at=now,
        polled_until=now,
        dispatch_status="pending" if settings["run_at"] else None,
        **settings,
    )
    engine.world.schedules[schedule.schedule_id] = schedule
    return _detail(engine, schedule)


def update(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    """Replaces all but `enabled`, which stays where it is not given; a due fire is lost."""
    schedule = _find(engine, wpid, schedule_id)
    _check_open(schedule)
    given = _checked(engine, request)
    if (given.get("run_at") is None) != (schedule.run_at is None):
        msg = (
            "A schedule cannot switch between one-time and recurring; create a new schedule instead"
        )
        raise RefusedError(422, msg)
    for name, value in _settings(given, _workflow(engine, wpid), engine.now()).items():
        setattr(schedule, name, value)
    if given.get("enabled") is not None:
        schedule.enabled = given["enabled"]
    schedule.modified_at = engine.now()
    return _detail(engine, schedule)


def delete(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    del engine.world.schedules[_find(engine, wpid, schedule_id).schedule_id]
    return {"ok": True}


def enable(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    return _switch(engine, wpid, schedule_id, on=True)


def disable(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    return _switch(engine, wpid, schedule_id, on=False)


def _switch(engine: Engine, wpid: str, schedule_id: str, *, on: bool) -> Json:
    schedule = _find(engine, wpid, schedule_id)
    if schedule.run_at is not None:
        msg = (
            "A one-time schedule cannot be paused or resumed; "
            "cancel it, or update run_at to move it"
        )
        raise RefusedError(422, msg)
    schedule.enabled = on
    schedule.modified_at = engine.now()
    return _detail(engine, schedule)


def cancel(engine: Engine, request: Request, wpid: str, schedule_id: str) -> Json:
    schedule = _find(engine, wpid, schedule_id)
    if schedule.run_at is None:
        msg = (
            "Only a one-time schedule can be canceled; "
            "disable or delete a recurring schedule instead"
        )
        raise RefusedError(422, msg)
    _check_open(schedule)
    schedule.dispatch_status = "canceled"
    schedule.modified_at = engine.now()
    return _detail(engine, schedule)


def _check_open(schedule: Schedule) -> None:
    if schedule.dispatch_status in ("fired", "canceled"):
        msg = "already fired or was canceled, so it can no longer change"
        raise RefusedError(409, f"Schedule {schedule.schedule_id} {msg}")


def _workflow(engine: Engine, wpid: str) -> Workflow:
    workflow = engine.world.workflow(wpid)
    if workflow is None:
        raise RefusedError(404, f"Workflow {wpid} not found")
    return workflow


def _find(engine: Engine, wpid: str, schedule_id: str) -> Schedule:
    schedule = engine.world.schedules.get(schedule_id)
    if schedule is None or schedule.wpid != wpid:
        raise RefusedError(404, f"Schedule {schedule_id} not found")
    return schedule


def _checked(engine: Engine, request: Request) -> Json:
    """The body as the server's schema takes it, its times as datetimes."""
    given = request.json()
    if "timezone" not in given:
        raise missing("timezone", given)
    if engine.is_old and not given.get("cron_expression"):
        raise missing("cron_expression", given)
    interval = given.get("interval_seconds")
    if interval is not None:
        loc: list[str | int] = ["body", "interval_seconds"]
        if not isinstance(interval, int):
            raise invalid("int_type", loc, "Input should be a valid integer", interval)
        check_range(interval, loc, given=interval, at_least=SHORTEST_SECONDS)
    times = {
        name: _moment(given[name], name)
        for name in ("run_at", "first_fire_at")
        if given.get(name) is not None
    }
    if sum(given.get(name) is not None for name in TRIGGERS) != 1:
        msg = f"Value error, Set exactly one of {TRIGGERS[0]}, {TRIGGERS[1]} or {TRIGGERS[2]}"
        raise invalid("value_error", ["body"], msg, given, {"error": {}})
    if "run_at" in times and times["run_at"] < engine.now() + timedelta(seconds=60):
        msg = "run_at must be at least 60 seconds in the future"
        raise invalid("value_error", ["body", "run_at"], msg, times["run_at"].isoformat())
    return {**given, **times}


def _moment(given: Any, name: str) -> datetime:
    """An aware time in whole seconds, UTC."""
    loc: list[str | int] = ["body", name]
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError) as exc:
        msg = "Input should be a valid datetime or date, invalid character in year"
        raise invalid("datetime_from_date_parsing", loc, msg, given) from exc
    if moment.tzinfo is None:
        raise invalid("timezone_aware", loc, "Input should have timezone info", given)
    return moment.astimezone(UTC).replace(microsecond=0)


def _settings(given: Json, workflow: Workflow, now: datetime) -> Json:
    """Schedule's fields from a checked body; RefusedError (400) where it makes no sense."""
    try:
        ZoneInfo(given["timezone"])
    except (KeyError, ValueError, OSError) as exc:
        raise RefusedError(400, f"Invalid timezone '{given['timezone']}'") from exc
    if cron := given.get("cron_expression"):
        _check_cron(cron, now)
    parameters = check_for_schedule(workflow, given.get("parameters") or {})
    interval = given.get("interval_seconds")
    first = given.get("first_fire_at")
    if interval and first is None:
        first = now.replace(microsecond=0) + timedelta(seconds=interval)
    return {
        "cron_expression": cron,
        "timezone": given["timezone"],
        "interval_seconds": interval,
        "first_fire_at": first,
        "run_at": given.get("run_at"),
        "parameters": parameters or None,
        "name": given.get("name"),
        "description": given.get("description"),
    }


def _check_cron(expression: str, now: datetime) -> None:
    if not croniter.is_valid(expression):
        raise RefusedError(400, "Invalid cron expression")
    coming: Callable[..., datetime] = croniter(expression, now).get_next
    try:
        fires = [coming(datetime), coming(datetime)]
        while len(fires) < SAMPLE_COUNT and fires[-1] - fires[0] < SAMPLE_SPAN:
            fires.append(coming(datetime))
    except CroniterBadDateError as exc:
        raise RefusedError(400, str(exc)) from exc
    shortest = min(later - sooner for sooner, later in pairwise(fires))
    if shortest.total_seconds() < SHORTEST_SECONDS:
        raise RefusedError(400, "Cron interval must be at least 5 minutes")


def _detail(engine: Engine, schedule: Schedule) -> Json:
    coming = next_runs(schedule, engine.now())
    return {"schedule": describe(engine, schedule), "next_runs": [zulu(m) for m in coming]}


def describe(engine: Engine, schedule: Schedule) -> Json:
    body = {
        "workflow_schedule_id": schedule.schedule_id,
        "organization_id": ORGANIZATION,
        "workflow_permanent_id": schedule.wpid,
        "cron_expression": schedule.cron_expression,
        "interval_seconds": schedule.interval_seconds,
        "first_fire_at": zulu(schedule.first_fire_at),
        "run_at": zulu(schedule.run_at),
        "dispatch_status": schedule.dispatch_status,
        "workflow_run_id": schedule.workflow_run_id,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "parameters": schedule.parameters,
        "temporal_schedule_id": f"local-wf-sched-{schedule.schedule_id}",
        "name": schedule.name,
        "description": schedule.description,
        "created_at": naive(schedule.created_at),
        "modified_at": naive(schedule.modified_at),
        "deleted_at": None,
    }
    newer = ("interval_seconds", "first_fire_at", "run_at", "dispatch_status", "workflow_run_id")
    return {k: v for k, v in body.items() if k not in newer} if engine.is_old else body
