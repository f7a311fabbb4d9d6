"""The first page: four cards, bounded queries, honest when there is nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from dashboard.models import Feed, Revision
from runs.models import Run, Workflow
from schedules.models import Schedule
from tests.conftest import Browse


@pytest.fixture
def read(db: None) -> None:
    """Skyvern has answered a moment ago."""
    Feed.objects.create(name="newest", succeeded_at=timezone.now())


def agent(number: int) -> Workflow:
    return Workflow.objects.create(
        wpid=f"wpid_{number}", title=f"Agent {number}", seen_at=timezone.now()
    )


def make_run(run_id: str, workflow: Workflow, minutes: int, **fields: Any) -> Run:
    at = timezone.now() - timedelta(minutes=minutes)
    fields = {"status": "completed", "phase": "completed", **fields}
    return Run.objects.create(
        run_id=run_id, workflow=workflow, created_at=at, seen_at=at, changed_at=at, **fields
    )


def test_nothing_mirrored_yet_is_said_with_what_happens_next(browse: Browse) -> None:
    page = browse("support").get("/").content.decode()
    assert "Nothing is mirrored yet" in page
    assert "All is well" not in page


def test_a_skyvern_that_never_answered_is_a_matter_of_settings(browse: Browse) -> None:
    Feed.objects.create(name="api", failures=9, error="Skyvern could not be reached.")
    page = browse("support").get("/").content.decode()
    assert "SKYVERN_BASE_URL" in page
    assert "All is well" not in page
    assert "as of" not in page


def test_the_first_back_fill_shows_its_progress(browse: Browse) -> None:
    Feed.objects.create(name="live", succeeded_at=timezone.now())
    Feed.objects.create(name="history", cursor={"runs": 1200})
    assert "1,200 runs so far" in browse("support").get("/").content.decode()


def test_all_well_is_one_line(read: None, browse: Browse) -> None:
    make_run("wr_1", agent(1), 5)
    page = browse("support").get("/").content.decode()
    assert "All is well" in page
    assert "Nothing runs at the moment" in page
    assert "1 of 1 completed" in page


def test_the_same_failure_is_shown_once_with_its_count(read: None, browse: Browse) -> None:
    workflow = agent(1)
    failed = {"status": "failed", "phase": "failed", "failure_reason": "No <b>Next</b>\ntrace"}
    for number in range(3):
        make_run(f"wr_{number}", workflow, number, **failed)
    make_run("wr_old", workflow, 25 * 60, **failed)
    page = browse("support").get("/").content.decode()
    assert "3 times" in page
    assert "No &lt;b&gt;Next&lt;/b&gt;" in page
    assert 'id="failed-wr_0"' in page
    assert "wr_1" not in page


def test_a_stuck_run_needs_attention(read: None, browse: Browse) -> None:
    make_run("wr_1", agent(1), 90, status="running", phase="live", stuck_at=timezone.now())
    assert "Stuck" in browse("support").get("/").content.decode()


def test_what_fires_within_a_day_is_announced(read: None, browse: Browse) -> None:
    now, workflow = timezone.now(), agent(1)
    for name, hours in (("Soon", 3), ("Not yet", 30)):
        Schedule.objects.create(
            schedule_id=name,
            name=name,
            workflow=workflow,
            next_run_at=now + timedelta(hours=hours),
            seen_at=now,
            changed_at=now,
        )
    page = browse("support").get("/").content.decode()
    assert "Soon" in page
    assert "Not yet" not in page


def test_the_overview_costs_the_same_however_many_rows_there_are(
    read: None, browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    agents = [agent(number) for number in range(12)]
    for number in range(60):
        status, phase = ("failed", "failed") if number % 3 else ("running", "live")
        make_run(f"wr_{number:03}", agents[number % 12], number, status=status, phase=phase)
    client = browse("support")
    with django_assert_max_num_queries(26):
        client.get("/")


def test_an_unchanged_overview_has_no_body(read: None, browse: Browse) -> None:
    client = browse("support")
    first = client.get("/", headers={"HX-Request": "true"})
    tag = first.headers["HX-PTag"]
    assert "<html" not in first.content.decode()
    again = client.get("/", headers={"HX-Request": "true", "HX-PTag": tag})
    assert (again.status_code, again.content) == (304, b"")
    Revision.bump("runs")
    changed = client.get("/", headers={"HX-Request": "true", "HX-PTag": tag})
    assert changed.status_code == 200
