"""What is read from the hourly figures is what counting the runs would give, by any clock."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from dashboard.skyvern import schema
from dashboard.templatetags.ui import NOTHING
from runs import mirror, rollups
from runs.models import Run
from runs.rollups import Figures, Trend
from runs.templatetags.trends_ui import bars, gained, more_than_before, percent, slowed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ran(number: int, at: datetime, status: str = "completed", **told: Any) -> schema.WorkflowRun:
    took = timedelta(seconds=told.pop("seconds", 10))
    row = {
        "workflow_run_id": f"wr_{number}",
        "workflow_permanent_id": "wpid_1",
        "workflow_title": "Invoice download",
        "status": status,
        "created_at": at.isoformat(),
        "started_at": at.isoformat(),
        "modified_at": (at + took).isoformat(),
        "finished_at": None if status in ("queued", "running") else (at + took).isoformat(),
    }
    return schema.read(schema.WorkflowRun, row | told)


def test_a_day_is_the_viewers_even_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    days = rollups.last_days(datetime(2026, 10, 25, 23, tzinfo=UTC), zone, 3)
    assert [f"{edge:%d %H}" for edge in days.edges] == ["23 22", "24 22", "25 23", "26 23"]
    assert not days.is_utc


@pytest.mark.parametrize("name", ["Asia/Kolkata", "Australia/Adelaide", "Asia/Kathmandu"])
def test_a_day_is_of_utc_where_the_viewers_begins_within_an_hour(name: str) -> None:
    days = rollups.last_days(NOW, ZoneInfo(name), 2)
    assert [f"{edge:%d %H:%M}" for edge in days.edges] == ["23 00:00", "24 00:00", "25 00:00"]
    assert days.is_utc


@pytest.mark.parametrize(
    ("name", "now", "first"),
    [
        # The clocks go from 24:00 back to 23:00, from 0:00 on to 1:00, from 1:00 back to 0:00.
        ("America/Asuncion", datetime(2024, 3, 24, 12, tzinfo=UTC), "2024-03-24T04"),
        ("Africa/Cairo", datetime(2026, 4, 24, 12, tzinfo=UTC), "2026-04-23T22"),
        ("Atlantic/Azores", datetime(2026, 10, 25, 12, tzinfo=UTC), "2026-10-25T00"),
    ],
)
def test_a_day_begins_with_its_first_instant(name: str, now: datetime, first: str) -> None:
    day = rollups.last_days(now, ZoneInfo(name), 1)
    assert f"{day.since:%Y-%m-%dT%H}" == first
    before = (day.since - timedelta(seconds=1)).astimezone(ZoneInfo(name))
    assert before.date() < day.since.astimezone(ZoneInfo(name)).date()


def test_the_last_day_begins_with_the_hour_that_it_began_in() -> None:
    hours = rollups.last_hours(NOW)
    assert (hours.since, hours.until) == (
        NOW.replace(minute=0) - 24 * HOUR,
        NOW.replace(hour=13, minute=0),
    )
    assert len(hours) == 25


def test_figures_are_what_counting_gives(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    statuses = ("completed", "failed", "running", "canceled", "meditating")
    mirror.save_runs(
        [
            ran(
                number,
                NOW - 7 * HOUR * number / 3,
                statuses[number % 5],
                seconds=number,
                workflow_permanent_id=f"wpid_{number % 3}",
            )
            for number in range(200)
        ],
        seen_at=NOW,
    )
    days = rollups.last_days(NOW, ZoneInfo("America/New_York"))
    with django_assert_num_queries(1):
        found = rollups.by_agent(["wpid_0", "wpid_1", "none"], days)
    assert found.pop("none") == [Figures()] * 14
    for wpid, figures in found.items():
        for at, figure in enumerate(figures):
            runs = Run.objects.filter(
                workflow=wpid, created_at__gte=days.edges[at], created_at__lt=days.edges[at + 1]
            )
            counted = Counter(run.phase for run in runs)
            assert {name: getattr(figure, name) for name in counted} == counted
            assert figure.runs == counted.total()
            spent = [run.duration_ms for run in runs if run.phase == "completed"]
            assert (figure.timed, figure.spent_ms) == (len(spent), sum(filter(None, spent)))


def test_all_together_are_of_every_run_those_of_no_agent_and_of_the_future_too() -> None:
    mirror.save_runs(
        [
            ran(1, NOW, "failed", workflow_permanent_id=None),
            ran(2, NOW - 24 * HOUR, "failed"),
            ran(3, NOW + 3 * HOUR),
            ran(4, NOW - 25 * HOUR),
        ],
        seen_at=NOW,
    )
    figures = rollups.of_all(rollups.last_hours(NOW))
    assert (figures[0], figures[-1]) == (Figures(failed=1), Figures(completed=1, failed=1))
    assert rollups.total(figures).runs == 3
    since = rollups.last_hours(NOW).since
    assert [(one.wpid, one.failed) for one in rollups.failing(since)] == [("", 1), ("wpid_1", 1)]
    assert rollups.active(since) == ["wpid_1"]


def test_what_is_live_is_known_however_old_it_is() -> None:
    assert rollups.live() == 0
    mirror.save_runs([ran(1, NOW, "running"), ran(2, NOW - 999 * HOUR, "queued")], seen_at=NOW)
    assert rollups.live() == 2
    mirror.save_runs([ran(1, NOW, "failed")], seen_at=NOW)
    assert rollups.live() == 1


def test_a_week_is_held_against_the_one_before() -> None:
    mirror.save_runs(
        [
            ran(1, NOW, seconds=30),
            ran(2, NOW - 24 * HOUR, "failed"),
            ran(3, NOW - 24 * HOUR, "canceled"),
            ran(4, NOW - 8 * 24 * HOUR, seconds=20),
            ran(5, NOW - 9 * 24 * HOUR, started_at=None),
        ],
        seen_at=NOW,
    )
    trend = rollups.weeks(["wpid_1"], NOW, UTC)["wpid_1"]
    assert (trend.now.success, trend.before.success, trend.points) == (0.5, 1.0, -50)
    # A run whose time nobody knows is no run of no time.
    assert (trend.before.completed, trend.before.average) == (2, timedelta(seconds=20))
    assert trend.slower == 0.5


def of(completed: int, failed: int = 0, seconds: int = 0) -> Figures:
    timed = completed if seconds else 0
    return Figures(completed, failed, timed=timed, spent_ms=timed * seconds * 1000)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, NOTHING),
        (0.0, "0 %"),
        (0.0004, "< 1 %"),
        (0.5, "50 %"),
        (0.9999, "99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_success_is_never_rounded_to_all_or_nothing(share: float | None, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("say", "now", "before", "said"),
    [
        (gained, of(9, 1), of(10), "10 points worse"),
        (gained, of(91, 9), of(90, 10), "1 point better"),
        (gained, of(9), of(8), "as before"),
        (gained, of(9), of(0), ""),
        (slowed, of(1, seconds=30), of(1, seconds=20), "50 % longer"),
        (slowed, of(1, seconds=10), of(1, seconds=20), "50 % shorter"),
        (slowed, of(1, seconds=20), of(1, seconds=20), "as before"),
        (slowed, of(1, seconds=20), of(1), ""),
        (more_than_before, of(0, 1200), of(0, 100), "1,100 more than the day before"),
        (more_than_before, of(0, 1), of(0, 3), "2 fewer than the day before"),
        (more_than_before, of(0, 1), of(0, 1), "as many as the day before"),
    ],
)
def test_a_change_is_said_in_words(
    say: Callable[[Trend], str], now: Figures, before: Figures, said: str
) -> None:
    shown = say(Trend(now, before))
    assert said in shown
    assert bool(said) == bool(shown)


def test_a_link_has_the_viewers_time_and_its_offset_only_where_that_is_shown_twice() -> None:
    with timezone.override("Europe/Berlin"), time_machine.travel("2026-10-25T12:00Z", tick=False):
        strip = bars(rollups.last_hours(timezone.now(), 12), [of(1)] * 13, "Hours", agent="a&b")
    assert re.findall(r'href="([^"]+)', strip)[:2] == [
        "/runs/?agent=a%26b&amp;from=2026-10-25T02%3A00&amp;to=2026-10-25T02%3A00%2B01%3A00",
        "/runs/?agent=a%26b&amp;from=2026-10-25T02%3A00%2B01%3A00&amp;to=2026-10-25T03%3A00",
    ]


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_whatever_there_is_of_is_seen_in_its_bar(numbers: list[int]) -> None:
    slots = rollups.last_hours(NOW, 0)
    strip = bars(slots, [Figures(*numbers)], "Hour")
    highs = [float(high) for high in re.findall(r'height="([\d.]+)" rx', strip)]
    assert len(highs) == sum(number > 0 for number in numbers)
    assert all(high >= 1.9 for high in highs)
    assert sum(highs) < 24
