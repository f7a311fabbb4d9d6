"""When schedules fire: the real server's formula and its poller, without waiting for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from croniter import croniter

from dashboard.sandbox.clockwork import NEVER
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.parameters import converted
from dashboard.sandbox.state import Schedule
from dashboard.sandbox.wire import RefusedError

POLL_SECONDS = 300
"""The shortest gap that a cron may have; the real server polls each minute."""
LATENESS = timedelta(seconds=1)


def next_runs(schedule: Schedule, now: datetime, count: int = 5) -> list[datetime]:
    """The coming fires in UTC as the server reckons them, DST errors included."""
    if schedule.run_at is not None:
        return [schedule.run_at] if schedule.dispatch_status == "pending" else []
    if schedule.interval_seconds is not None and schedule.first_fire_at is not None:
        step = timedelta(seconds=schedule.interval_seconds)
        first = schedule.first_fire_at
        passed = max(0, (now - first) // step + 1)
        return [first + step * (passed + place) for place in range(count)]
    coming = croniter(schedule.cron_expression or "", now.astimezone(ZoneInfo(schedule.timezone)))
    return [coming.get_next(datetime).astimezone(UTC) for _ in range(count)]


def previous_fire(schedule: Schedule, now: datetime) -> datetime | None:
    """The newest fire up to and with `now`; None if there was none yet."""
    if schedule.run_at is not None:
        due = schedule.run_at <= now and schedule.dispatch_status == "pending"
        return schedule.run_at if due else None
    if schedule.interval_seconds is not None and schedule.first_fire_at is not None:
        step = timedelta(seconds=schedule.interval_seconds)
        passed = (now - schedule.first_fire_at) // step
        return schedule.first_fire_at + step * passed if passed >= 0 else None
    moment = (now + timedelta(microseconds=1)).astimezone(ZoneInfo(schedule.timezone))
    past = croniter(schedule.cron_expression or "", moment)
    found: datetime = past.get_prev(datetime).astimezone(UTC)
    return found


def run_id_of(schedule_id: str, fire: datetime) -> str:
    digest = sha256(f"{schedule_id}:{fire.astimezone(UTC).isoformat()}".encode()).hexdigest()
    return f"wr_sched_{digest[:32]}"


def fire_due(engine: Engine) -> bool:
    """Start a run for every fire that has come due; whether there was any."""
    now = engine.now()
    fired = False
    for schedule in list(engine.world.schedules.values()):
        edited, until = engine.quiet.get(schedule.schedule_id, (None, now))
        if edited != schedule.modified_at or until <= now:
            fired |= _catch_up(engine, schedule, now)
            calm = (schedule.modified_at, _next_poll(schedule, now))
            engine.quiet[schedule.schedule_id] = calm
    return fired


def skip_missed(engine: Engine) -> None:
    """After a stop only the newest missed fire of each schedule takes place."""
    for schedule in engine.world.schedules.values():
        schedule.polled_until = max(schedule.polled_until, engine.now())


def _catch_up(engine: Engine, schedule: Schedule, now: datetime) -> bool:
    fired = False
    for moment in _polls(schedule, now) if schedule.enabled else ():
        fire = previous_fire(schedule, moment)
        if fire is not None and _is_due(schedule, fire):
            _fire(engine, schedule, fire, min(moment + LATENESS, now))
            fired = True
    schedule.polled_until = max(schedule.polled_until, now)
    return fired


def _polls(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """The moments up to now at which a poller would have found something to do."""
    moment = _next_poll(schedule, schedule.polled_until)
    while moment < now:
        yield moment
        moment = _next_poll(schedule, moment)
    yield now


def _next_poll(schedule: Schedule, moment: datetime) -> datetime:
    """The next fire; on days when the clocks change every few minutes, as there
    the formula fires at times that it does not announce."""
    zone = ZoneInfo(schedule.timezone)
    day = timedelta(days=1)
    if schedule.cron_expression and _offset(zone, moment - day) != _offset(zone, moment + day):
        return moment + timedelta(seconds=POLL_SECONDS)
    coming = [fire for fire in next_runs(schedule, moment, 1) if fire > moment]
    return coming[0] if coming else NEVER


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _is_due(schedule: Schedule, fire: datetime) -> bool:
    """Not before the last edit, unless it fires once; and not twice."""
    if schedule.run_at is not None:
        return True
    last = schedule.last_fired_at
    return fire >= schedule.modified_at and (last is None or last < fire)


def _fire(engine: Engine, schedule: Schedule, fire: datetime, created: datetime) -> None:
    workflow = engine.world.workflow(schedule.wpid)
    run_id = run_id_of(schedule.schedule_id, fire)
    if workflow is None or run_id in engine.world.runs:
        return
    given = schedule.parameters or {}
    run = engine.start(
        workflow,
        given,
        run_id=run_id,
        created_at=created,
        trigger="scheduled",
        schedule_id=schedule.schedule_id,
        request={"webhook_url": workflow.settings.get("webhook_callback_url")},
    )
    try:
        run.parameters.update(converted(workflow, given))
    except RefusedError as refused:
        run.setup_failure = refused.text
    schedule.last_fired_at = created
    if schedule.run_at is not None:
        schedule.dispatch_status, schedule.workflow_run_id = "fired", run_id
