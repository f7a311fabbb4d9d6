"""The first page: four cards, honest when there is nothing, numbers that hold."""

import html
import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from dashboard.models import Feed
from dashboard.templatetags.ui import NOTHING
from runs.models import Run
from tests.conftest import Browse
from tests.dashboard.overview import (
    NOW,
    card,
    hours,
    mirrored,
    of_agent,
    schedule,
    shown,
    told,
    words,
)

HOSTILE = '<script>alert("x")</script>'


def counted(client: Client, link: str) -> int:
    """How many runs the runs table shows there."""
    total: int = client.get(html.unescape(link)).context["total"].number
    return total


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
