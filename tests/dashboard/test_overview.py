"""The first page: four cards, bounded queries, honest when there is nothing, numbers that hold."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from dashboard.models import Feed, Revision
from dashboard.skyvern.schema import WorkflowRun
from dashboard.skyvern.schema import read as parsed
from dashboard.templatetags.ui import NOTHING
from runs import mirror, paging
from runs.filters import RunFilter
from runs.models import Run, Tally, Workflow
from schedules.models import Schedule
from tests.conftest import Browse

NOW = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'
BAR = re.compile(r'<a class="bar" href="([^"]+)" aria-label="([^"]+)"')
GONE = re.compile(r"<[^>]+>")


@pytest.fixture
def read(db: None) -> None:
    """Skyvern has answered a moment ago."""
    Feed.objects.create(name="newest", succeeded_at=timezone.now())


@pytest.fixture
def noon(db: None) -> Iterator[datetime]:
    """It is NOW, and Skyvern has just answered."""
    with time_machine.travel(NOW, tick=False):
        Feed.objects.create(name="newest", succeeded_at=NOW)
        yield NOW


def told(number: int, ago: timedelta, status: str = "completed", **more: Any) -> WorkflowRun:
    """What Skyvern tells of a run of "Agent 1", created so long ago."""
    at = timezone.now() - ago
    row = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Agent 1",
        "status": status,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "modified_at": at.isoformat(),
        "finished_at": None if status == "running" else (at + timedelta(seconds=9)).isoformat(),
    }
    return parsed(WorkflowRun, row | more)


def mirrored(*found: WorkflowRun) -> None:
    mirror.save_runs(found, seen_at=timezone.now())


def of_agent(number: int) -> dict[str, str]:
    return {"workflow_permanent_id": f"wpid_{number}", "workflow_title": f"Agent {number}"}


def shown(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


def words(page: str) -> str:
    """What a person reads."""
    return " ".join(html.unescape(GONE.sub(" ", page)).split())


def card(page: str, name: str) -> str:
    return page.partition(f'<section class="card {name}"')[2].partition("</section>")[0]


def counted(client: Client, link: str) -> int:
    """How many runs the runs table shows there."""
    total: int = client.get(html.unescape(link)).context["total"].number
    return total


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_nothing_mirrored_yet_is_said_with_what_happens_next(browse: Browse) -> None:
    page = shown(browse("support"))
    assert "Nothing is mirrored yet" in page
    assert "All is well" not in page


def test_a_skyvern_that_never_answered_is_a_matter_of_settings(browse: Browse) -> None:
    Feed.objects.create(name="api", failures=9, error="Skyvern could not be reached.")
    page = shown(browse("support"))
    assert "SKYVERN_BASE_URL" in page
    assert "All is well" not in page
    assert "as of" not in page


def test_the_first_back_fill_shows_its_progress(browse: Browse) -> None:
    Feed.objects.create(name="live", succeeded_at=timezone.now())
    Feed.objects.create(name="history", cursor={"runs": 1200})
    assert "1,200 runs so far" in shown(browse("support"))


def test_without_a_run_there_are_four_short_cards(read: None, browse: Browse) -> None:
    page = words(shown(browse("support")))
    assert "Nothing runs at the moment." in page
    assert "All is well: no failures in the last 24 hours, nothing stuck." in page
    assert "No schedule fires within the next 24 hours." in page
    assert "No agent has run in the last 14 days." in page


def test_all_well_is_one_line(noon: datetime, browse: Browse) -> None:
    mirrored(told(1, hours(0.1)), told(2, hours(30), "failed"))
    page = shown(browse("support"))
    assert "All is well" in page
    assert "(1 the day before)" in page
    assert "headline" not in page
    assert "Tue 24 Nov: 1 run, none failed" in card(page, "agents")
    assert "Mon 23 Nov: 1 run, 1 failed" in card(page, "agents")


def test_failures_are_counted_against_the_day_before(noon: datetime, browse: Browse) -> None:
    # 12:00 of yesterday is the first moment of the day that is counted.
    mirrored(
        told(
            1, timedelta(minutes=20) + hours(24), "failed", failure_reason="No <b>Next</b>\ntrace"
        ),
        told(2, timedelta(minutes=21) + hours(24), "failed"),
        told(3, hours(1), "timed_out", workflow_permanent_id=None, workflow_title=None),
        told(4, hours(2), "terminated", **of_agent(2)),
        told(5, hours(3), "failed", **of_agent(2)),
        told(6, hours(3), "canceled"),
        told(7, hours(3)),
    )
    client = browse("support")
    attention = card(shown(client), "attention")
    assert "4 failures of 6 runs · 3 more than the day before" in words(attention)
    for link in re.findall(r'href="([^"]*last=24h[^"]*)"', attention):
        assert counted(client, link) == (2 if "agent=wpid_2" in link else 4)
    assert "2 times" in words(attention)
    assert "No &lt;b&gt;Next&lt;/b&gt;" in attention
    newest_first = re.findall(r'id="failed-(wr_\d)"', attention)
    assert newest_first == ["wr_3", "wr_4", "wr_1"]


def test_many_failing_agents_are_a_few_and_a_link_to_all(noon: datetime, browse: Browse) -> None:
    mirrored(*(told(n, hours(n / 10), "failed", **of_agent(n)) for n in range(20)))
    attention = card(shown(browse("support")), "attention")
    assert re.findall(r'id="failed-wr_(\d+)"', attention) == [str(n) for n in range(6)]
    assert "and 14 more agents with failures" in words(attention)


def test_a_stuck_run_needs_attention(noon: datetime, browse: Browse) -> None:
    mirrored(told(1, hours(2), "running"))
    Run.objects.update(stuck_at=NOW)
    page = words(shown(browse("support")))
    assert "Stuck" in page
    assert "All is well" not in page


def test_what_runs_now_is_counted_beyond_what_is_listed(noon: datetime, browse: Browse) -> None:
    mirrored(*(told(n, hours(n), "running") for n in range(12)))
    running = card(shown(browse("support")), "running")
    assert len(re.findall(r'id="running-wr_', running)) == 8
    assert "Running now 12" in words(running)
    assert "and 4 more" in words(running)


def test_only_live_runs_are_neither_success_nor_failure(noon: datetime, browse: Browse) -> None:
    mirrored(told(1, hours(0.1), "running"))
    page = shown(browse("support"))
    assert "All is well" in page
    agents = words(card(page, "agents"))
    assert "Tue 24 Nov: 1 run, none failed" in card(page, "agents")
    assert f"{NOTHING} {NOTHING}" in agents


def test_an_agent_that_only_fails_is_at_nought(noon: datetime, browse: Browse) -> None:
    mirrored(*(told(n, hours(5 * n), "failed") for n in range(6)))
    page = shown(browse("support"))
    assert "5 failures of 5 runs" in words(page)
    assert "0 %" in words(card(page, "agents"))
    assert "5 failed in 24 hours" in words(card(page, "agents"))


def test_agents_that_fail_come_first_then_those_that_ran_last(
    noon: datetime, browse: Browse
) -> None:
    ago = {1: hours(0.1), 2: hours(2), 3: hours(20), 4: hours(5), 5: hours(14 * 24)}
    mirrored(*(told(n, long, **of_agent(n)) for n, long in ago.items()))
    mirrored(*(told(10 + n, hours(9), "failed", **of_agent(4)) for n in range(2)))
    mirrored(told(20, hours(9), "failed", **of_agent(3)), told(21, hours(40), "failed"))
    agents = card(shown(browse("support")), "agents")
    assert re.findall(r'<tr id="agent-(wpid_\d)"', agents) == [f"wpid_{n}" for n in (4, 3, 1, 2, 5)]


def test_there_are_at_most_eight_agents_and_a_link_to_all(noon: datetime, browse: Browse) -> None:
    mirrored(*(told(n, hours(n / 50), **of_agent(n)) for n in range(300)))
    agents = card(shown(browse("support")), "agents")
    assert re.findall(r'<tr id="agent-wpid_(\d+)"', agents) == [str(n) for n in range(8)]
    assert 'href="/agents/"' in agents


ZONES = [
    ("Europe/Berlin", "2026-10-26T09:10Z"),  # a day of 25 hours
    ("America/New_York", "2027-03-15T03:10Z"),  # one of 23
    ("Asia/Kolkata", "2026-11-24T12:20Z"),  # days of UTC
    ("Pacific/Auckland", "2026-11-24T12:20Z"),
    ("", "2026-11-24T12:20Z"),
]


@pytest.mark.parametrize(("zone", "now"), ZONES)
def test_each_bar_leads_to_the_runs_that_it_tells_of(
    zone: str, now: str, browse: Browse, db: None
) -> None:
    with time_machine.travel(now, tick=False):
        Feed.objects.create(name="newest", succeeded_at=timezone.now())
        mirrored(
            *(told(n, hours(n * 0.83), ("completed", "failed")[n % 3 == 0]) for n in range(440))
        )
        mirrored(*(told(1000 + n, hours(n / 2), "running", **of_agent(2)) for n in range(20)))
        client = browse("support")
        client.cookies["zone"] = zone
        for path in ("/", "/agents/wpid_1/"):
            found = BAR.findall(shown(client, path))
            assert len(found) > 30
            for link, name in found:
                runs, failed = re.findall(r": (\d+) runs?, (\d+|none) failed", name)[0]
                assert matching(zone, link) == int(runs), name
                assert matching(zone, link, status="failed") == int(failed.replace("none", "0"))


def matching(zone: str, link: str, **more: str) -> int:
    """How many runs the filter of that link leaves, for a viewer of that zone."""
    query = QueryDict(html.unescape(link).partition("?")[2], mutable=True)
    query.update(more)
    with timezone.override(zone or "UTC"):
        return paging.count(RunFilter.read(query).select()).number


def test_days_that_are_not_the_viewers_say_so(noon: datetime, browse: Browse) -> None:
    mirrored(told(1, hours(1)))
    client = browse("support")
    client.cookies["zone"] = "Asia/Kolkata"
    agents = card(shown(client), "agents")
    assert "Last 14 days (UTC)" in words(agents)
    assert "Tue 24 Nov (UTC): 1 run" in agents


def test_numbers_are_read_from_the_figures_alone(noon: datetime, browse: Browse) -> None:
    mirrored(told(1, hours(1), "failed"), told(2, hours(1), "failed"))
    client = browse("support")
    assert "2 failures of 2 runs" in words(shown(client))
    Tally.objects.update(runs=7)
    assert "7 failures of 7 runs" in words(shown(client))


@pytest.mark.parametrize("title", [HOSTILE, "Ä" * 500, "\u202eexe.gnp", "a" * 500])
def test_titles_are_shown_as_they_came(title: str, noon: datetime, browse: Browse) -> None:
    reason = f"{HOSTILE} and {'x' * 3000}"
    mirrored(
        told(1, hours(1), "failed", workflow_title=title, failure_reason=reason),
        told(2, hours(1), "running", workflow_title=title),
    )
    schedule(1, title, hours(1))
    page = shown(browse("support"))
    assert HOSTILE not in page
    for name in ("running", "attention", "upcoming", "agents"):
        assert html.escape(title) in card(page, name)
    assert "x" * 300 not in page


def schedule(number: int, name: str, ahead: timedelta, **more: Any) -> Schedule:
    now = timezone.now()
    workflow, _ = Workflow.objects.get_or_create(wpid="wpid_1", defaults={"seen_at": now})
    fields = {"next_run_at": now + ahead, "cron_expression": "0 0 1 1 *"} | more
    return Schedule.objects.create(
        schedule_id=f"wfs_{number}",
        name=name,
        workflow=workflow,
        seen_at=now,
        changed_at=now,
        **fields,
    )


def test_what_fires_within_a_day_is_announced(noon: datetime, browse: Browse) -> None:
    schedule(1, "Soon", hours(3))
    schedule(2, "Not yet", hours(30))
    schedule(3, "Four times", hours(1), cron_expression="20 1-19/6 * * *")
    upcoming = card(shown(browse("support")), "upcoming")
    assert "Not yet" not in upcoming
    assert "5 fires of 2 schedules" in upcoming
    assert re.findall(r'id="fire-(wfs_\d)"', upcoming) == ["wfs_3", "wfs_1"]
    assert "4 times" in words(upcoming)
    assert "No schedule" not in upcoming


def test_that_schedules_are_switched_off_is_said(noon: datetime, browse: Browse) -> None:
    schedule(1, "Soon", hours(3))
    Feed.objects.create(name="schedules", error="Schedules are off on this server.")
    upcoming = words(card(shown(browse("support")), "upcoming"))
    assert "Nothing fires: Schedules are off on this server." in upcoming


def test_the_overview_costs_the_same_however_many_rows_there_are(
    noon: datetime, browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("support")
    many: list[int] = []
    for agents in (1, 200):
        kinds = enumerate(["failed", "running", "completed"] * agents)
        mirrored(*(told(n, hours(n / 60), kind, **of_agent(n // 3)) for n, kind in kinds))
        schedule(agents, f"Schedule {agents}", hours(1))
        client.get("/")
        with django_assert_max_num_queries(30) as asked:
            client.get("/")
        many.append(len(asked))
    assert many[0] == many[1]


@pytest.fixture
def polled(noon: datetime, browse: Browse) -> Callable[[str], Any]:
    client = browse("support")
    return lambda tag: client.get("/", headers={"HX-Request": "true", "HX-PTag": tag})


def test_an_unchanged_overview_has_no_body(polled: Callable[[str], Any]) -> None:
    first = polled("")
    assert "<html" not in first.content.decode()
    again = polled(first.headers["HX-PTag"])
    assert (again.status_code, again.content) == (304, b"")
    Revision.bump("runs")
    assert polled(first.headers["HX-PTag"]).status_code == 200


def test_an_overview_is_sent_again_when_the_minute_or_the_viewers_zone_is_another(
    noon: datetime, browse: Browse
) -> None:
    client = browse("support")
    tag = client.get("/").headers["HX-PTag"]
    poll = {"HX-Request": "true", "HX-PTag": tag}
    assert client.get("/", headers=poll).status_code == 304
    client.cookies["zone"] = "Europe/Berlin"
    assert client.get("/", headers=poll).status_code == 200
    client.cookies["zone"] = ""
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert client.get("/", headers=poll).status_code == 200


def test_who_may_only_see_runs_is_shown_no_agents_and_schedules(
    noon: datetime, browse: Browse
) -> None:
    mirrored(told(1, hours(1)))
    client = browse("nobody")
    User.objects.get().user_permissions.add(Permission.objects.get(codename="view_run"))
    page = shown(client)
    assert card(page, "attention")
    assert not card(page, "agents")
    assert not card(page, "upcoming")
