"""How long a change in the database takes to a page that is open in a real browser."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, sync_playwright

from bench.figures import Measured, measured, report
from bench.stack import program, wait_for
from ops.ports import any_free
from tests.browser import launch_args

if TYPE_CHECKING:
    from dashboard.skyvern.schema import WorkflowRun

SAMPLES = 60
ROWS = 60
# Notes, by the clock of this machine, when the watched row's status last changed on screen.
WATCH = """row => {
  window.seen = {};
  const note = () => { const s = document.querySelector(row)?.textContent.trim().toLowerCase();
                       if (s && !(s in window.seen)) window.seen[s] = Date.now() / 1000; };
  new MutationObserver(note).observe(document.body,
    {subtree: true, childList: true, characterData: true, attributes: true});
  note();
}"""


def run() -> None:
    """Measure, print, and keep the figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var:
        report("page", "Database -> page in a browser", measure(Path(var)))


def measure(var: Path) -> list[Measured]:
    settle_into(var)
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", password="bench")
    now = datetime.now(UTC)
    save([row(number, "completed", now - timedelta(minutes=number)) for number in range(2, ROWS)])
    with web(var) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_args())
        page = browser.new_page()
        page.goto(url)
        page.get_by_label("Username").fill("bench")
        page.get_by_label("Password").fill("bench")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{url}/")
        # A live table: with nothing but the paused half of the watched run's time on it, a page
        # that nobody touches is asked less often (runs/pace.py), and that is not what is measured.
        save([row(0, "running", now), row(1, "running", now)])
        found = [
            sampled(page, f"{url}/runs/", "runs table, a live row changes", "#row-wr_0 .pill"),
            sampled(page, f"{url}/runs/wr_0/", "run page, it changes", "#run-head .pill"),
        ]
        browser.close()
        return found


def sampled(page: Page, url: str, what: str, element: str) -> Measured:
    """The run goes to and fro between two live statuses, at moments that know nothing of polls."""
    page.goto(url)
    page.wait_for_selector(element)
    took = []
    for number in range(SAMPLES):
        status = ("paused", "running")[number % 2]
        page.evaluate(WATCH, element)
        page.evaluate("window.seen = {}")
        time.sleep(random.uniform(0, 1.5))
        save([row(0, status, datetime.now(UTC))])
        committed = time.time()
        page.wait_for_function("s => s in window.seen", arg=status, timeout=15_000)
        took.append(page.evaluate("s => window.seen[s]", status) - committed)
    return measured(what, took)


def settle_into(var: Path) -> None:
    """Make this process a Skydeck on the folder `var`: it can then write as the mirror does."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        "SKYDECK_VAR": str(var),
        "LOG_LEVEL": "WARNING",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def save(rows: list[WorkflowRun]) -> None:
    from runs import mirror

    mirror.save_runs(rows, seen_at=datetime.now(UTC))


def row(number: int, status: str, modified_at: datetime) -> WorkflowRun:
    from dashboard.skyvern.schema import WorkflowRun, read

    started = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(minutes=number)
    ended = {"finished_at": modified_at.isoformat()} if status == "completed" else {}
    told: dict[str, Any] = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Bench",
        "status": status,
        "created_at": started.isoformat(),
        "started_at": started.isoformat(),
        "modified_at": modified_at.isoformat(),
    }
    return read(WorkflowRun, told | ended)


@contextmanager
def web(var: Path) -> Iterator[str]:
    port = any_free()
    serve = ["gunicorn", "-c", "ops/gunicorn_conf.py", "dashboard.wsgi", "--log-level", "warning"]
    serve += ["--bind", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with program(serve, dict(os.environ)):
        wait_for(f"{url}/healthz")
        yield url
