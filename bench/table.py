"""The runs table over HTTP at a million runs, on SQLite and on PostgreSQL, beside Django's admin.

Each database is filled and asked in a process of its own: `python -m bench.table RUNS SAMPLES`
prints its figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil

from bench.figures import RESULTS
from bench.page import save, settle_into, web
from bench.stack import ROOT
from ops import services

if TYPE_CHECKING:
    from dashboard.skyvern.schema import WorkflowRun

AGENTS = 40
CHUNK = 2000
RARE = "northwind"
ADMIN_SAMPLES = 20
POLLS = 400
STATUSES = ("completed", "completed", "completed", "failed", "completed", "terminated", "timed_out")


@dataclass(frozen=True)
class Answered:
    """Milliseconds until the whole page was there, ours and the plain admin's."""

    what: str
    p50: float
    p95: float
    kilobytes: float
    admin_p50: float

    @property
    def times(self) -> float:
        return self.admin_p50 / self.p50


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    rows, samples = (50_000, 40) if quick else (1_000_000, 200)
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {}
    with ExitStack() as stack:
        services.install_missing(database=True, redis=False)
        urls = {"SQLite": "", "PostgreSQL": stack.enter_context(services.postgres())}
        for name, url in urls.items():
            kept[name] = found = _in_a_process(url, rows, samples)
            _print(f"Runs table over HTTP, {rows:,} runs, {name}", found)
    (RESULTS / "table.json").write_text(json.dumps(kept, indent=1))


def _in_a_process(url: str, rows: int, samples: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var:
        env = os.environ | {"SKYDECK_VAR": var} | ({"DATABASE_URL": url} if url else {})
        if not url:
            env.pop("DATABASE_URL", None)
        asked = [sys.executable, "-m", "bench.table", str(rows), str(samples)]
        done = subprocess.run(asked, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _print(title: str, found: dict[str, object]) -> None:
    print(f"\n{title + ', ms':<52}{'p50':>7}{'p95':>7}{'kB':>7}{'admin':>9}{'times':>7}")
    pages = found["pages"]
    assert isinstance(pages, list)
    for page in (Answered(**one) for one in pages):
        figures = f"{page.p50:>7.1f}{page.p95:>7.1f}{page.kilobytes:>7.1f}{page.admin_p50:>9.1f}"
        print(f"  {page.what:<50}{figures}{page.times:>6.1f}x", flush=True)
    for what, figure in found.items():
        if what != "pages":
            print(f"  {what.replace('_', ' ')}: {figure:g}", flush=True)


def measure(rows: int, samples: int) -> dict[str, object]:
    """In a process of its own; DATABASE_URL and SKYDECK_VAR say where."""
    var = Path(os.environ["SKYDECK_VAR"])
    settle_into(var)
    from django.contrib.auth.models import User
    from django.db import connection

    from runs.models import Run

    User.objects.create_superuser("bench", password="bench")
    begun = time.perf_counter()
    for chunk in _chunks(rows):
        save(chunk)
    filled = rows / (time.perf_counter() - begun)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    middle = Run.objects.order_by("-place").values_list("place", flat=True)[rows // 2]
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain"
    with web(var) as url, closing(_logged_in(url)) as client:
        pages = [
            _answered(client, what, ours, admins, samples)
            for what, ours, admins in _cases(middle, rows)
        ]
        costs = _polls(client)
    return {"pages": [asdict(page) for page in pages], "runs_saved_per_second": filled, **costs}


def _cases(middle: int, rows: int) -> Iterator[tuple[str, str, str]]:
    """Name, our query and the plain admin's, of the first page and of the middle one."""
    filters = (
        ("all", "all=1", ""),
        ("failed", "status=failed", "phase__exact=failed"),
        ("one agent", "agent=wpid_7", "workflow__wpid__exact=wpid_7"),
        ("text search", f"q={RARE}", f"q={RARE}"),
    )
    for name, ours, admins in filters:
        yield f"{name}, first page", ours, admins
        if name != "text search":
            share = {"all": 1, "failed": 3 / 7, "one agent": 1 / AGENTS}[name]
            page = max(1, int(rows * share / 2 / 50))
            yield f"{name}, page {page:,}", f"{ours}&older={middle}", f"{admins}&p={page}"


def _answered(client: httpx.Client, what: str, ours: str, admins: str, samples: int) -> Answered:
    took, size = _asked(client, f"/runs/?{ours}", samples)
    admin, _ = _asked(client, f"/plain/runs/run/?{admins}", ADMIN_SAMPLES)
    return Answered(
        what=what,
        p50=round(statistics.median(took), 1),
        p95=round(statistics.quantiles(took, n=20, method="inclusive")[-1], 1),
        kilobytes=round(size / 1000, 1),
        admin_p50=round(statistics.median(admin), 1),
    )


def _asked(client: httpx.Client, path: str, samples: int) -> tuple[list[float], int]:
    """Milliseconds of each answer but the first few, and the length of the longest."""
    took, size = [], 0
    for number in range(samples + 3):
        begun = time.perf_counter()
        answer = client.get(path)
        spent = time.perf_counter() - begun
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        size = max(size, len(answer.content))
        if number >= 3:
            took.append(spent * 1000)
    return took, size


def _polls(client: httpx.Client) -> dict[str, float]:
    """What an unchanged poll of the table costs the server, and how long its body is."""
    page = client.get("/runs/?all=1").text
    poll = page.split('data-live hx-get="/runs/', 1)[1]
    path = "/runs/" + poll.split('"', 1)[0].replace("&amp;", "&")
    told = client.get(path, headers={"HX-Request": "true"}).headers
    headers = {"HX-Request": "true", "HX-PTag": told["HX-PTag"]}
    body = 0
    before = _cpu_seconds()
    for _ in range(POLLS):
        answer = client.get(path, headers=headers)
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            raise RuntimeError(f"an unchanged poll answered {answer.status_code}")
        body = max(body, len(answer.content))
    spent = _cpu_seconds() - before
    return {"unchanged_poll_cpu_ms": round(spent / POLLS * 1000, 2), "unchanged_poll_bytes": body}


def _cpu_seconds() -> float:
    """Of the web server, all its processes together."""
    servers = psutil.Process().children(recursive=True)
    return sum(one.cpu_times().user + one.cpu_times().system for one in servers)


def _logged_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=120)
    form = client.get("/login/").text
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    token = hidden[1] if hidden else ""
    typed = {"username": "bench", "password": "bench", "csrfmiddlewaretoken": token}
    client.post("/login/", data=typed, headers={"Referer": f"{url}/login/"})
    return client


def _chunks(rows: int) -> Iterator[list[WorkflowRun]]:
    newest = datetime.now(UTC) - timedelta(minutes=5)
    for start in range(0, rows, CHUNK):
        yield [_made_up(number, newest) for number in range(start, min(rows, start + CHUNK))]


def _made_up(number: int, newest: datetime) -> WorkflowRun:
    from dashboard.skyvern.schema import WorkflowRun, read

    status = STATUSES[number % len(STATUSES)]
    created = newest - timedelta(seconds=20 * number)
    ended = created + timedelta(seconds=30 + number % 400)
    agent = number * 7919 % AGENTS
    supplier = RARE if number % 997 == 0 else f"supplier {number % 61}"
    reason = f"The page of {supplier} did not show the field 'password' within 30 seconds."
    told = {
        "workflow_run_id": f"wr_48{number:016d}",
        "workflow_permanent_id": f"wpid_{agent}",
        "workflow_title": f"Download the invoices of {supplier}",
        "status": status,
        "failure_reason": None if status == "completed" else reason,
        "trigger_type": ("api", "scheduled")[number % 2],
        "workflow_schedule_id": f"wfs_{agent}" if number % 2 else None,
        "created_at": created.isoformat(),
        "started_at": created.isoformat(),
        "finished_at": ended.isoformat(),
        "modified_at": ended.isoformat(),
    }
    return read(WorkflowRun, told)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
