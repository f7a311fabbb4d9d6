"""How long a change in the database takes to a page that is open in a real browser, with two
hundred simulated ones beside it; and what a first visit loads."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, sync_playwright

from bench.browsers import watching
from bench.figures import Measured, measured, report
from bench.visitor import watched_table
from bench.web import save, settle_into, web
from tests.browser import launch_args

if TYPE_CHECKING:
    from dashboard.skyvern.schema import WorkflowRun

ROWS = 60
BROWSERS = 200
# Notes, by the clock of this machine, when the watched row's status last changed on screen.
WATCH = """row => {
  window.seen = {};
  const note = () => { const s = document.querySelector(row)?.textContent.trim().toLowerCase();
                       if (s && !(s in window.seen)) window.seen[s] = Date.now() / 1000; };
  new MutationObserver(note).observe(document.body,
    {subtree: true, childList: true, characterData: true, attributes: true});
  note();
}"""


def run(*, quick: bool) -> None:
    """Measure, print, and keep the figures as JSON."""
    samples = 6 if quick else 200
    with tempfile.TemporaryDirectory(prefix="skydeck-bench-") as var:
        seconds, first = measure(Path(var), samples)
        report("page", f"Database -> page, beside {BROWSERS} browsers", seconds, **first)


def measure(var: Path, samples: int) -> tuple[list[Measured], dict[str, float]]:
    settle_into(var)
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", password="bench")
    now = datetime.now(UTC)
    save([row(number, "completed", now - timedelta(minutes=number)) for number in range(2, ROWS)])
    # A live table: with nothing but the paused half of the watched run's time on it, a page that
    # nobody touches is asked less often (static/app.js), and that is not what is measured.
    save([row(0, "running", now), row(1, "running", now)])
    with web() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_args())
        page = browser.new_page()
        page.goto(url)
        page.get_by_label("Username").fill("bench")
        page.get_by_label("Password").fill("bench")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{url}/")
        first = first_visit(page, f"{url}/runs/")
        with watching(watched_table(url), BROWSERS):
            found = [
                sampled(page, address, what, pill, samples)
                for what, address, pill in (
                    ("runs table, a live row changes", f"{url}/runs/", "#row-wr_0 .pill"),
                    ("run page, it changes", f"{url}/runs/wr_0/", "#run-head .pill"),
                )
            ]
        browser.close()
        return found, first


def first_visit(page: Page, url: str) -> dict[str, float]:
    """Kilobytes over the wire until the page stands, with nothing cached; what is waited for."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.clearBrowserCache")
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="networkidle")
    devtools.detach()
    blocking = """() => performance.getEntriesByType("resource")
                  .filter(one => one.renderBlockingStatus === "blocking").length"""
    return {
        "first_visit_kB": round(sum(sizes) / 1000, 1),
        "first_visit_requests": len(sizes),
        "first_visit_render_blocking": page.evaluate(blocking),
    }


def sampled(page: Page, url: str, what: str, element: str, samples: int) -> Measured:
    """The run goes to and fro between two live statuses, at moments that know nothing of polls."""
    page.goto(url)
    page.wait_for_selector(element)
    took = []
    for number in range(samples):
        status = ("paused", "running")[number % 2]
        page.evaluate(WATCH, element)
        page.evaluate("window.seen = {}")
        time.sleep(random.uniform(0, 1.5))
        save([row(0, status, datetime.now(UTC))])
        committed = time.time()
        page.wait_for_function("s => s in window.seen", arg=status, timeout=15_000)
        took.append(page.evaluate("s => window.seen[s]", status) - committed)
    return measured(what, took)


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
