"""What the pages tell of a schedule's fires."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Feed
from schedules.ledger import book
from schedules.models import Fire, Schedule
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, SECOND, hourly, kept, started
from tests.schedules.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule() -> Schedule:
    """Three fires on time, the last two of which failed, one of them in setup; and one missed."""
    made = hourly()
    kept(NOON)
    reasons = ("", "No such button.", "Setup workflow failed: no login")
    for hours, reason in enumerate(reasons, start=1):
        due = NOON + hours * HOUR
        status = "failed" if reason else "completed"
        started(made, due + hours * 10 * SECOND, fire=due, status=status, reason=reason)
    kept(NOON + 4 * HOUR + 6 * MINUTE)
    return made


def fires_url(schedule: Schedule) -> str:
    return reverse("schedules:fire_list", args=[schedule.pk])


def test_the_figures_count_what_was_expected(schedule: Schedule) -> None:
    found = book.figures(schedule)
    assert found
    assert (found.on_time, found.ran, found.expected, found.on_time_percent) == (3, 3, 4, 75)
    assert (found.succeeded, found.ended, found.succeeded_percent) == (1, 3, 33)
    assert (found.streak, found.failed_in_a_row) == (-2, 2)
    assert (found.late_p50, found.late_p95) == (20 * SECOND, 30 * SECOND)


def test_each_fire_stands_with_its_run_or_the_reason_why_there_is_none(
    browse: Browse, schedule: Schedule
) -> None:
    client = browse("support")
    for url in (schedule.get_absolute_url(), fires_url(schedule)):
        text = page(client, url)
        assert text.count('id="fire-') == 4
        assert "Failed in setup" in text
        assert "Missed" in text
        assert "10s after" in text
    text = page(client, f"{fires_url(schedule)}?state=missed")
    assert text.count('id="fire-') == 1
    assert "No such fire" in page(client, f"{fires_url(schedule)}?state=extra")


def test_pages_of_fires_follow_each_other_and_lose_none(browse: Browse, schedule: Schedule) -> None:
    for hours in range(5, 75):
        Fire.objects.update_or_create(
            schedule=schedule,
            due_at=NOON + hours * HOUR,
            defaults={"state": "missed", "cause": "unknown"},
        )
    client = browse("support")
    first = client.get(fires_url(schedule)).context["page"]
    second = client.get(fires_url(schedule), {"older": first.older}).context["page"]
    shown = [fire.due_at for fire in (*first.fires, *second.fires)]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == len(set(shown)) == 74
    assert second.older == ""
    assert client.get(fires_url(schedule), {"older": "nonsense"}).status_code == 200


def test_the_table_of_schedules_counts_what_was_missed_of_late(
    browse: Browse, schedule: Schedule
) -> None:
    client = browse("support")
    assert "missed in a day" not in page(client, "/schedules/")  # NOON is long ago
    Fire.objects.filter(state="missed").update(due_at=timezone.now() - HOUR)
    assert "1 missed in a day" in page(client, "/schedules/")
    Feed.objects.update_or_create(name="newest", defaults={"succeeded_at": timezone.now()})
    assert "1 fire missed</a> in the last 24 hours" in page(client, "/")


def test_before_the_first_fire_the_page_says_since_when_it_watches(browse: Browse) -> None:
    schedule = hourly()
    kept(NOON)
    client = browse("support")
    for url in (schedule.get_absolute_url(), fires_url(schedule)):
        text = page(client, url)
        assert "No fire has been due yet" in text
        assert "The ledger began" in text
