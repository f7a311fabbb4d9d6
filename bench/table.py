"""The runs table over HTTP at a million runs, on SQLite and on PostgreSQL, beside Django's admin.

Each database is filled and asked in a process of its own: `python -m bench.table RUNS SAMPLES`
prints its figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from bench import history
from bench.databases import on_each
from bench.figures import keep, p95
from bench.visitor import asked, cpu_seconds, logged_in, poll_of
from bench.web import save, settle_into, web

CHUNK = 2000
POLLS = 400
READS = 20


@dataclass(frozen=True)
class Answered:
    """Milliseconds until the whole page was there, ours and the plain admins'; `read`: of ours,
    what the database and the ORM took, measured in one process without a server."""

    what: str
    p50: float
    p95: float
    read: float
    kilobytes: float
    admin_p50: float
    bare_p50: float

    @property
    def times(self) -> float:
        return self.admin_p50 / self.p50

    @property
    def bare_times(self) -> float:
        return self.bare_p50 / self.p50


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    rows, samples = (50_000, 20) if quick else (1_000_000, 200)
    kept = {}
    for name, found in on_each("bench.table", rows, samples):
        kept[name] = found
        _print(f"Runs table over HTTP, {rows:,} runs, {name}", found)
    keep("table", kept)


def _print(title: str, found: dict[str, object]) -> None:
    heads = (
        f"{'p50':>6}{'p95':>6}{'read':>6}{'kB':>6}{'admin':>8}{'times':>7}{'bare':>7}{'times':>7}"
    )
    print(f"\n{title + ', ms':<49}{heads}")
    pages = found["pages"]
    assert isinstance(pages, list)
    for page in (Answered(**one) for one in pages):
        figures = f"{page.p50:>6.1f}{page.p95:>6.1f}{page.read:>6.1f}{page.kilobytes:>6.1f}"
        figures += f"{page.admin_p50:>8.0f}{page.times:>6.1f}x"
        print(
            f"  {page.what:<47}{figures}{page.bare_p50:>7.0f}{page.bare_times:>6.1f}x", flush=True
        )
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
    for chunk in history.chunks(range(rows), CHUNK):
        save(chunk)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does where it has a minute
    middle = Run.objects.order_by("-place").values_list("place", flat=True)[rows // 2]
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain"
    with web() as url, logged_in(url) as client:
        pages = [
            _answered(client, what, ours, admins, samples)
            for what, ours, admins in _cases(middle, rows)
        ]
        costs = _failures(client, samples) | _polls(client)
    return {"pages": [asdict(page) for page in pages], **costs}


def _cases(middle: int, rows: int) -> Iterator[tuple[str, str, str]]:
    """Name, our query and the plain admin's, of the first page and of the middle one."""
    filters = (
        ("all", "all=1", ""),
        ("failed", "status=failed", "phase__exact=failed"),
        ("one agent", "agent=wpid_7", "workflow__wpid__exact=wpid_7"),
        ("text search", f"q={history.RARE}", f"q={history.RARE}"),
    )
    for name, ours, admins in filters:
        yield f"{name}, first page", ours, admins
        if name != "text search":
            share = {"all": 1, "failed": 3 / 7, "one agent": 1 / history.AGENTS}[name]
            page = max(1, int(rows * share / 2 / 50))
            yield f"{name}, page {page:,}", f"{ours}&older={middle}", f"{admins}&p={page}"


def _answered(client: httpx.Client, what: str, ours: str, admins: str, samples: int) -> Answered:
    took, size = asked(client, f"/runs/?{ours}", samples)
    admin, _ = asked(client, f"/plain/runs/run/?{admins}", samples // 20)
    bare, _ = asked(client, f"/bare/runs/run/?{admins}", samples // 20)
    return Answered(
        what=what,
        p50=round(statistics.median(took), 1),
        p95=p95(took),
        read=round(statistics.median(_reads(ours)), 1),
        kilobytes=round(size / 1000, 1),
        admin_p50=round(statistics.median(admin), 1),
        bare_p50=round(statistics.median(bare), 1),
    )


def _reads(query: str) -> Iterator[float]:
    """Milliseconds in which all is found that the page shows."""
    from django.contrib.auth.models import User
    from django.test import RequestFactory

    from runs.columns import Layout
    from runs.views.run_list import rows

    request = RequestFactory().get(f"/runs/?{query}")
    request.user = User.objects.get()
    for _ in range(READS):
        begun = time.perf_counter()
        rows(request, Layout.of(request))
        yield (time.perf_counter() - begun) * 1000


def _failures(client: httpx.Client, samples: int) -> dict[str, float]:
    """The pages of failures: their list, those that have a word, and one of them."""
    from runs.models import FailureGroup

    found: dict[str, float] = {"groups_of_failures": FailureGroup.objects.count()}
    paths = {
        "failures": "/failures/",
        "failures_with_a_word": f"/failures/?q={history.RARE}",
        "one_failure": FailureGroup.objects.latest("runs").get_absolute_url(),
    }
    for name, path in paths.items():
        took, _ = asked(client, path, samples)
        found[f"{name}_p50_ms"] = round(statistics.median(took), 1)
        found[f"{name}_p95_ms"] = p95(took)
    return found


def _polls(client: httpx.Client) -> dict[str, float]:
    """What an unchanged poll of the table costs the server, and how long its body is."""
    path = poll_of(client)
    told = client.get(path, headers={"HX-Request": "true"}).headers
    headers = {"HX-Request": "true", "HX-PTag": told["HX-PTag"]}
    body = 0
    before = cpu_seconds()
    for _ in range(POLLS):
        answer = client.get(path, headers=headers)
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            raise RuntimeError(f"an unchanged poll answered {answer.status_code}")
        body = max(body, len(answer.content))
    spent = cpu_seconds() - before
    nothing, _ = asked(client, "/healthz", POLLS)
    return {
        "unchanged_poll_cpu_ms": round(spent / POLLS * 1000, 2),
        "unchanged_poll_bytes": body,
        "an_empty_page_ms": round(statistics.median(nothing), 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
