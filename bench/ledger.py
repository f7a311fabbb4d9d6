"""The ledger of 5,000 schedules and a million fires: its pages over HTTP, and a day of its keeping.

Each database is filled and asked in a process of its own: `python -m bench.ledger SCHEDULES FIRES
SAMPLES` (fires of each schedule) prints its figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from bench.databases import report_each
from bench.figures import p95
from bench.visitor import asked, logged_in
from bench.web import save, settle_into, web

if TYPE_CHECKING:
    from schedules.models import Fire

AGENTS, CHUNK = 300, 5000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
NOW = datetime.now(UTC).replace(microsecond=0)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KINDS = (
    (940, "on_time", "succeeded", ""),
    (15, "on_time", "failed", ""),
    (5, "on_time", "setup", ""),
    (15, "late", "succeeded", "busy"),
    (10, "missed", "", "busy"),
    (5, "missed", "", "unknown"),
    (5, "extra", "succeeded", "unknown"),
    (5, "skipped", "", "paused"),
)
"""Of a thousand fires: how many, their state, outcome and cause."""


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    schedules, fires, samples = (500, 40, 20) if quick else (5_000, 200, 200)
    title = f"The ledger, {schedules:,} schedules, {schedules * fires:,} fires"
    report_each("ledger", title, schedules, fires, samples)


def measure(schedules: int, fires: int, samples: int) -> dict[str, float]:
    """In a process of its own; DATABASE_URL and SKYDECK_VAR say where."""
    settle_into(Path(os.environ["SKYDECK_VAR"]))
    from django.contrib.auth.models import User
    from django.db import connection

    from dashboard.models import Feed

    User.objects.create_superuser("bench", password="bench")
    _make(schedules)
    found = _a_day(schedules)
    _long_ago(schedules, fires)
    for name in ("newest", "live", "schedules"):
        Feed.objects.update_or_create(pk=name, defaults={"succeeded_at": NOW})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does where it has a minute
    with web() as url, logged_in(url) as client:
        for what, paths in _cases(schedules):
            found |= _answered(client, what, paths, samples)
    return found


def _make(schedules: int) -> None:
    from runs.models import Workflow
    from schedules.models import Schedule

    Workflow.objects.bulk_create(
        Workflow(wpid=f"wpid_{number}", title=f"Agent {number}", seen_at=NOW)
        for number in range(AGENTS)
    )
    told = {"modified_at": NOW - DAY, "seen_at": NOW, "changed_at": NOW}
    Schedule.objects.bulk_create(
        Schedule(
            schedule_id=f"wfs_{number}",
            name=f"Schedule {number}",
            workflow_id=f"wpid_{number % AGENTS}",
            cron_expression=_pattern(number),
            timezone=ZONES[number % len(ZONES)],
            next_run_at=NOW + number % 1440 * MINUTE,
            **told,
        )
        for number in range(schedules)
    )


def _pattern(number: int) -> str:
    """Half of them fire once a day, a few each five minutes."""
    chance = random.Random(number)
    minute, hour = chance.randrange(60), chance.randrange(24)
    if number % 100 == 9:
        return "*/5 * * * *"
    daily, weekdays = f"{minute} {hour} * * *", f"{minute} {hour} * * 1-5"
    hourly, often = f"{minute} * * * *", f"*/15 {hour}-{min(23, hour + 6)} * * *"
    return (*(daily,) * 5, *(weekdays,) * 2, often, hourly, f"{minute} */4 * * *")[number % 10]


def _a_day(schedules: int) -> dict[str, float]:
    """Make the fires of the last day, let nearly all of them begin, and settle them."""
    from schedules.ledger import expecting, settling
    from schedules.models import Fire
    from schedules.tasks import reckon_hours

    making = _cpu(lambda: expecting.look_ahead(NOW - DAY))
    due = Fire.objects.open().filter(due_at__lte=NOW - 10 * MINUTE).order_by("due_at")
    for some in batched(due.select_related("schedule"), CHUNK):
        save([_begun(fire) for fire in some if fire.pk % 50])
    settling_took = _cpu(lambda: settling.settle(NOW, NOW))
    settled = Fire.objects.settled().count()
    expecting.look_ahead(NOW)
    return {
        "fires of a day": settled,
        "making them, CPU s": making,
        "settling them, CPU s": settling_took,
        "reckoning the fortnight ahead, CPU s": _cpu(reckon_hours),
    }


def _begun(fire: Fire) -> Any:
    from dashboard.skyvern.schema import WorkflowRun, read
    from schedules.ledger.matching import run_id_of

    begin = fire.due_at + timedelta(seconds=fire.pk % 60, microseconds=fire.pk % 1_000_000)
    end = begin + timedelta(seconds=20 + fire.pk % 300)
    told = {
        "workflow_run_id": run_id_of(fire.schedule_id, fire.due_at),
        "workflow_permanent_id": fire.schedule.workflow_id,
        "status": "failed" if fire.pk % 30 == 0 else "completed",
        "trigger_type": "scheduled",
        "workflow_schedule_id": fire.schedule_id,
        "created_at": begin.isoformat(),
        "started_at": begin.isoformat(),
        "finished_at": end.isoformat(),
        "modified_at": end.isoformat(),
    }
    return read(WorkflowRun, told)


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return round(time.process_time() - begun, 1)


def _long_ago(schedules: int, fires: int) -> None:
    """The fires of the weeks before, as they stand when all is settled."""
    from schedules.models import Fire, Gap

    for some in batched(_settled(schedules, fires), CHUNK):
        Fire.objects.bulk_create(some)
    for week in range(4):
        begin = NOW - (7 * week + 2) * DAY
        Gap.objects.create(begin=begin, end=begin + 90 * MINUTE, why="stopped")


def _settled(schedules: int, fires: int) -> Iterator[Fire]:
    from schedules.models import Fire

    chance, numbers = random.Random(1), count()
    kinds, weights = [kind[1:] for kind in KINDS], [kind[0] for kind in KINDS]
    for back in range(fires):
        for number in range(schedules):
            state, outcome, cause = chance.choices(kinds, weights)[0]
            at = NOW - DAY - (back * 600 + number % 600) * MINUTE
            yield Fire(
                schedule_id=f"wfs_{number}",
                due_at=at - timedelta(microseconds=next(numbers) % 1_000_000),
                state=state,
                outcome=outcome,
                cause=cause,
                late_seconds={"on_time": 30, "late": 400}.get(state),
                settled_at=at,
            )


def _cases(schedules: int) -> Iterator[tuple[str, Callable[[int], str]]]:
    """What is asked for, and the address of each sample of it."""
    ledger = "/schedules/fires/"
    deep = quote(f"{(NOW - 20 * DAY).isoformat()}_1")

    def hour(number: int) -> str:
        return f"{NOW + timedelta(hours=number % 160):%Y-%m-%dT%H}:00Z"

    def one(number: int) -> str:
        return f"/schedules/wfs_{number * 37 % schedules}"

    yield "schedules", lambda number: f"/schedules/?page={number % (schedules // 50) + 1}"
    yield "one schedule", lambda number: f"/schedules/wfs_{number * 37 % schedules}/"
    yield (
        "its fires and calendar",
        lambda number: f"/schedules/wfs_{number * 37 % schedules}/fires/",
    )
    yield (
        "of one each 5 minutes",
        lambda number: f"/schedules/wfs_{number % (schedules // 100) * 100 + 9}/fires/",
    )
    yield "ledger", lambda _: ledger
    yield "ledger, 20 days back", lambda _: f"{ledger}?older={deep}"
    yield "missed", lambda _: f"{ledger}?state=missed"
    yield "missed, 20 days back", lambda _: f"{ledger}?state=missed&older={deep}"
    yield "failed in setup", lambda _: f"{ledger}?outcome=setup"
    yield "of a cause there is not", lambda _: f"{ledger}?cause=clocks"
    yield (
        "missed of one agent",
        lambda number: f"/schedules/fires/?state=missed&agent=wpid_{number % AGENTS}",
    )
    yield "coming", lambda _: "/schedules/coming/"
    yield "an hour of the week", lambda number: f"/schedules/coming/?hour={hour(number)}"


def _answered(
    client: httpx.Client, what: str, path: Callable[[int], str], samples: int
) -> dict[str, float]:
    took, size = asked(client, path, samples)
    return {
        f"{what}, p50 ms": round(statistics.median(took), 1),
        f"{what}, p95 ms": p95(took),
        f"{what}, kB": round(size / 1000, 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:4]))))
