"""Times in 12 or in 24 hours, as the viewer chose."""

from datetime import UTC, datetime, time

import pytest
import time_machine

from dashboard import clock
from tests.conftest import Browse
from tests.schedules.pages import page, told

PREVIEW = "/schedules/preview/?kind=cron&cron=30+2+*+*+*&timezone=America/New_York"


@pytest.mark.parametrize(
    ("at", "twelve", "twenty_four"),
    [
        (time(0, 5), "12:05 AM", "00:05"),
        (time(12), "12:00 PM", "12:00"),
        (time(21, 5, 30), "09:05:30 PM", "21:05:30"),
        (datetime(2026, 1, 1, 9, tzinfo=UTC), "09:00 AM", "09:00"),
    ],
)
def test_a_time_is_told_in_either(at: datetime, twelve: str, twenty_four: str) -> None:
    assert clock.told(at) == twenty_four
    with clock.override("12"):
        assert clock.told(at) == twelve
    for other in ("", "24", "13", "\0"):
        with clock.override(other):
            assert clock.told(at) == twenty_four


def test_the_choice_is_made_in_the_account_and_kept(browse: Browse) -> None:
    client = browse("team_admin")
    assert "Times of 12 hours" in page(client, "/account/")
    answer = client.post("/account/clock/", {"hours": "12", "next": "/schedules/"})
    assert (answer["Location"], client.cookies["clock"].value) == ("/schedules/", "12")
    assert "Times of 24 hours" in page(client, "/account/")
    with time_machine.travel(datetime(2026, 3, 6, tzinfo=UTC), tick=False):
        text = told(client.get(PREVIEW))
    assert "At 02:30 AM, every day" in text
    assert "Sun 8 Mar 03:00 AM" in text
    assert "02:30 AM is skipped by the clocks that day" in text
    client.post("/account/clock/", {"hours": "24", "next": "//elsewhere.example/"})
    assert client.cookies["clock"].value == "24"
    assert "At 02:30, every day" in told(client.get(PREVIEW))


def test_the_choice_leads_nowhere_else(browse: Browse) -> None:
    answer = browse("support").post("/account/clock/", {"hours": "9", "next": "//evil.example/"})
    assert (answer["Location"], answer.cookies["clock"].value) == ("/account/", "24")


def test_the_menu_of_a_page_brings_one_back_to_it(browse: Browse) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/schedules/?state=active"}
    menu = page(browse("support"), "/account/", **headers)
    assert 'name="next" value="/schedules/?state=active"' in menu
