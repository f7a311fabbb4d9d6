"""Schedules, their runs and the clock, as tests of the ledger need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from dashboard.models import Feed
from dashboard.skyvern import schema
from runs import mirror
from runs.models import Workflow
from schedules.ledger import expecting, settling, watching
from schedules.ledger.matching import run_id_of
from schedules.models import Fire, Schedule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECOND = timedelta(seconds=1)
_numbers = count(1)


def hourly(name: str = "wfs_1", /, *, cron: str = "0 * * * *", **told: object) -> Schedule:
    """One that was last changed at NOON, and fires at each full hour."""
    workflow, _ = Workflow.objects.get_or_create(
        pk="wpid_1", defaults={"title": "Price feed", "seen_at": NOON}
    )
    given = {"modified_at": NOON, "seen_at": NOON, "changed_at": NOON}
    return Schedule.objects.create(
        schedule_id=name, workflow=workflow, cron_expression=cron, **(given | told)
    )


def changed(schedule: Schedule, at: datetime, **told: object) -> None:
    """As the mirror writes what somebody changed at that moment."""
    for name, value in (told | {"modified_at": at, "changed_at": at}).items():
        setattr(schedule, name, value)
    schedule.save()


def started(
    schedule: Schedule,
    at: datetime,
    *,
    fire: datetime | None = None,
    lasts: timedelta = MINUTE,
    status: str = "completed",
    reason: str = "",
) -> str:
    """A run that the schedule started: with the id that Skyvern derives of a fire, or any."""
    run_id = run_id_of(schedule.pk, fire) if fire else f"wr_{next(_numbers)}"
    told = {
        "workflow_run_id": run_id,
        "workflow_permanent_id": schedule.workflow_id,
        "status": status,
        "trigger_type": "scheduled",
        "workflow_schedule_id": schedule.pk,
        "failure_reason": reason,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "finished_at": None if status == "running" else (at + lasts).isoformat(),
        "modified_at": (at + lasts).isoformat(),
    }
    mirror.save_runs([schema.read(schema.WorkflowRun, told)], seen_at=at + lasts)
    return run_id


def kept(now: datetime, looked_at: datetime | None = None) -> None:
    """The ledger, brought up to that moment, all runs being mirrored."""
    read_at(now)
    expecting.look_ahead(now)
    watched = watching.watch(now, looked_at)
    assert watched is not None
    settling.settle(now, watched)


def read_at(now: datetime, **told: object) -> None:
    """As the refresh of the newest runs leaves its row."""
    cursor = {"read_at": now.isoformat()}
    Feed.objects.update_or_create(pk="newest", defaults={"cursor": cursor, **told})


def ledger(schedule: Schedule, *, until: datetime | None = None) -> list[tuple[str, str, str]]:
    """Time of day, state and cause of each fire that is settled, oldest first."""
    fires = Fire.objects.filter(schedule=schedule).exclude(state=Fire.State.DUE)
    return [
        (f"{fire.due_at:%H:%M}", fire.state, fire.cause)
        for fire in fires.order_by("due_at")
        if until is None or fire.due_at <= until
    ]


def outcome(run_id: str) -> str:
    return Fire.objects.get(run=run_id).outcome
