"""Many runs at once, on the sandbox and on a real Skyvern: from a file, tagged, canceled."""

from __future__ import annotations

import csv
import io
import re
from contextlib import closing
from functools import partial

import httpx
import pytest
from playwright.sync_api import Page, expect

from dashboard.skyvern import Skyvern
from tests.e2e.deck import Deck, wait_until
from tests.e2e.servers import Server
from tests.e2e.upstream import begin

pytestmark = pytest.mark.browser

JOB = re.compile(r"/jobs/[0-9a-f-]{36}/$")
LONG = 90_000
LOST = 300_000
"""Milliseconds: a launch that a frozen server did not answer is searched for three minutes before
it is sent again."""
EVERY_TYPE = "SELECT wpid FROM runs_workflow WHERE title LIKE 'Every param%' AND deleted_at IS NULL"
NAMES = ("Ada <b>", "Gråce; “Hopper”", "Joan, of Ark")


def rows(inputs: dict[str, str]) -> str:
    """A row for each name; it stands where the first text is wanted."""
    first = next(iter(inputs))
    text = io.StringIO()
    writer = csv.DictWriter(text, inputs)
    writer.writeheader()
    writer.writerows({**inputs, first: name} for name in NAMES)
    return text.getvalue()


def done(tab: Page, within: int = LONG) -> None:
    tab.wait_for_url(JOB)
    expect(tab.locator(".job-head .pill")).to_have_text("Done", timeout=within)


def client(http: httpx.Client) -> Skyvern:
    return Skyvern(str(http.base_url), http.headers["x-api-key"])


def parameters(deck: Deck, server: Server, api: Skyvern) -> list[str]:
    """What the runs of the last job were started with, as the server tells it."""
    job = "SELECT job_id FROM runs_job ORDER BY created_at DESC LIMIT 1"
    found = deck.query(f"SELECT run_id FROM runs_jobitem WHERE job_id = ({job}) ORDER BY number")
    runs = (api.workflow_run(run_id) for (run_id,) in found)
    return [str((run.parameters or {})[next(iter(server.inputs))]) for run in runs]


def test_many_runs_are_launched_tagged_and_canceled(tab: Page, deck: Deck, server: Server) -> None:
    with server.api(deck) as http, closing(client(http)) as api:
        ((wpid,),) = wait_until("the agent is mirrored", lambda: deck.query(EVERY_TYPE))
        tab.goto(f"/agents/{wpid}/launch/many/")
        tab.get_by_label("or paste the rows").fill(rows(server.inputs))
        tab.get_by_role("button", name="Read the rows").click()
        tab.get_by_label("Runs at most together").fill("2")
        tab.get_by_role("button", name="Check the rows").click()
        tab.get_by_role("button", name="Launch 3 runs").click()
        done(tab, LOST)
        assert parameters(deck, server, api) == list(NAMES)

        slow = begin(deck, server, 2)
        tab.goto("/runs/?status=live")
        for run_id in slow:
            tab.locator(f"#row-{run_id} input").check()
        tab.get_by_role("button", name="Tag…").click()
        tab.get_by_label("Add", exact=True).fill("batch:night")
        tab.get_by_role("button", name="Tag 2 runs").click()
        done(tab)
        for run_id in slow:
            assert "batch:night" in [tag.label for tag in api.tags(run_id)]
        tab.goto("/runs/?tag=batch%3Anight")
        expect(tab.locator("table.runs tbody tr")).to_have_count(2, timeout=LONG)
        tab.get_by_label("All that match the filter").check()
        tab.get_by_role("button", name="Cancel…").click()
        tab.get_by_role("button", name="Cancel 2 runs").click()
        done(tab)
        statuses = [partial(api.workflow_run, run_id) for run_id in slow]
        wait_until("they are canceled", lambda: {ask().status for ask in statuses} == {"canceled"})
        tab.goto("/runs/?tag=batch%3Anight&status=canceled")
        expect(tab.locator("table.runs tbody tr")).to_have_count(2, timeout=LONG)
