"""The bars of the overview and of an agent: what they tell is what they lead to."""

import html
import re
from datetime import datetime

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone

from dashboard.models import Feed
from runs import paging
from runs.filters import RunFilter
from runs.models import Tally
from tests.conftest import Browse
from tests.dashboard.overview import (
    card,
    hours,
    mirrored,
    of_agent,
    shown,
    told,
    words,
)

BAR = re.compile(r'<a class="bar" href="([^"]+)" aria-label="([^"]+)"')
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
