"""The pages of thousands of schedules with a ledger of a million fires, and what it costs to keep
that ledger for a day.

`python -m bench.schedules SCHEDULES ROWS SAMPLES` measures on the database of its environment, and
prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import batched, cycle, islice
from pathlib import Path
from urllib.parse import urlencode

import httpx

from bench import fires
from bench.databases import report_each
from bench.figures import measured
from bench.visitor import logged_in
from bench.web import save, settle_into, web

SHOWN = 2468
"""The schedule that is looked at."""
PAGES = {
    "schedules": "/schedules/",
    "schedules_in_the_middle": "/schedules/?page=100",
    "schedules_with_a_word": "/schedules/?q=account+24",
    "a_schedule": "/schedules/{id}/",
    "fires_of_a_schedule": "/schedules/{id}/fires/",
    "its_missed_fires": "/schedules/{id}/fires/?state=missed",
    "fires_of_all": "/schedules/fires/",
    "missed_of_all": "/schedules/fires/?state=missed",
    "coming": "/schedules/coming/",
}
READS = 20


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    schedules, rows, samples = (500, 50_000, 20) if quick else (5000, 1_000_000, 200)
    title = f"{schedules:,} schedules, {rows:,} fires in the ledger"
    report_each("schedules", title, schedules, rows, samples, SKYVERN_RATE="0")


def measure(schedules: int, rows: int, samples: int) -> dict[str, float]:
    settle_into(Path(os.environ["SKYDECK_VAR"]))
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", password="bench")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    core = fires.Core.here()
    found = {"first_look_cpu_seconds": _fill(schedules, rows, now, core)}
    shown = fires.schedule_id(SHOWN % schedules)
    with web() as url, logged_in(url) as client:
        for name, path in PAGES.items():
            found |= _page(client, name, [path.format(id=shown)], samples)
        found |= _page(client, "preview", _previews(), samples)
    return found | fires.Day(now, fires.Core.here()).pass_by()


def _fill(schedules: int, rows: int, now: datetime, core: fires.Core) -> float:
    """What it takes to write the first fires to come, in seconds of one core."""
    from django.db import connection

    from dashboard.models import Feed
    from schedules.ledger import expecting
    from schedules.mirror import save_schedules
    from schedules.models import Fire

    for some in batched(range(schedules), fires.CHUNK):
        save_schedules([fires.schedule(number, now) for number in some], seen_at=now)
    for runs in fires.past_runs(schedules, rows, now):
        save(runs)
    for chunk in fires.past(schedules, rows, now):
        Fire.objects.bulk_create(chunk)
    Feed.objects.create(pk="history", cursor={"done": True})
    with core.spending():
        expecting.look_ahead(now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does where it has a minute
    return core.seconds


def _previews() -> list[str]:
    """Of many patterns and zones, so that hardly any is kept from before."""
    now = datetime.now(UTC)
    found = []
    for number in range(400):
        schedule = fires.schedule(number, now)
        typed = {"kind": "cron", "cron": schedule.cron_expression, "timezone": schedule.timezone}
        found.append(f"/schedules/preview/?{urlencode(typed)}")
    return found


def _page(client: httpx.Client, name: str, paths: Iterable[str], samples: int) -> dict[str, float]:
    took = measured(name, list(_asked(client, islice(cycle(paths), samples + 3))))
    return {f"{name}_p50_ms": 1000 * took.p50, f"{name}_p95_ms": 1000 * took.p95}


def _asked(client: httpx.Client, paths: Iterable[str]) -> Iterator[float]:
    """Seconds of each answer but the first few."""
    for number, path in enumerate(paths):
        begun = time.perf_counter()
        answer = client.get(path)
        spent = time.perf_counter() - begun
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        if number >= 3:
            yield spent


if __name__ == "__main__":
    print(json.dumps(measure(*(int(word) for word in sys.argv[1:]))))
