"""A made-up history of runs, and a Skyvern that answers at once with pages of it.

As a program, `gunicorn "bench.history:serving(0, 100)"`, it serves the newest hundred of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from dashboard.skyvern.schema import WorkflowRun

AGENTS, SECTIONS = 40, 130
"""Together: how many failures there are that are not the same. A few of them are most."""
GOLDEN = 0.6180339887
RARE = "northwind"
STATUSES = ("completed", "completed", "completed", "failed", "completed", "terminated", "timed_out")
NEWEST = datetime.now(UTC) - timedelta(minutes=5)
NONE = timedelta()


def run(number: int, *, modified: timedelta = NONE) -> WorkflowRun:
    """Run `number`, counted from the newest backwards; `modified`: how long after its end."""
    from dashboard.skyvern.schema import WorkflowRun, read

    return read(WorkflowRun, told(number, modified))


def chunks(numbers: range, size: int, **how: Any) -> Iterator[list[WorkflowRun]]:
    for some in batched(numbers, size):
        yield [run(number, **how) for number in some]


def told(number: int, modified: timedelta = NONE) -> dict[str, Any]:
    status = STATUSES[number % len(STATUSES)]
    created = NEWEST - timedelta(seconds=20 * number)
    ended = created + timedelta(seconds=30 + number % 400)
    agent = number * 7919 % AGENTS
    supplier = RARE if number % 997 == 0 else f"supplier {number % 61}"
    rank = int(SECTIONS ** (number // AGENTS * GOLDEN % 1))  # as often as 1 / rank
    first, second = divmod(rank, 12)
    section = ascii_lowercase[first] + ascii_lowercase[second]
    whose = RARE if supplier == RARE else "the supplier"
    reason = f"The page of {whose} did not show section {section} within 30 seconds."
    return {
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
        "modified_at": (ended + modified).isoformat(),
    }


def serving(first: int, runs: int) -> WSGIApplication:
    """A WSGI application that answers pages of `/v1/workflows/runs`, and 404 to all else."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/v1/workflows/runs" or environ["REQUEST_METHOD"] != "GET":
            start_response("404 Not Found", [("Content-Type", "application/json")])
            return [b'{"detail": "Not Found"}']
        asked = {key: int(value) for key, (value,) in parse_qs(environ["QUERY_STRING"]).items()}
        before = (asked["page"] - 1) * asked["page_size"]
        numbers = range(first, first + runs)[before : before + asked["page_size"]]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps([told(number) for number in numbers]).encode()]

    return answer
