"""A zone is found by what people call it, and where that is not clear it is asked."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import pytz
import time_machine

from schedules import cron
from schedules.forms import TimingForm
from tests.conftest import Browse
from tests.schedules.pages import page

WINTER, SUMMER = (datetime(2026, month, 15, 9, tzinfo=UTC) for month in (1, 7))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Zurich", "Europe/Zurich"),
        ("Johannes", "Africa/Johannesburg"),
        ("Japan", "Asia/Tokyo"),
        ("india", "Asia/Kolkata"),
        ("GB", "Europe/London"),
        ("UTC", "UTC"),
        ("utc+0", "UTC"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Eastern", "America/New_York"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("EST5EDT", "EST5EDT"),
    ],
)
def test_one_that_is_clear_is_taken(typed: str, name: str) -> None:
    assert cron.find_zone(typed, WINTER) == name


@pytest.mark.parametrize(
    ("typed", "likely"),
    [
        ("CET", "Europe/Berlin"),
        ("PST", "America/Los_Angeles"),
        ("PDT", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("Germany", "Europe/Berlin"),
        ("+05:30", "Asia/Kolkata"),
        ("UTC+2", "Europe/Athens"),
        ("\u22128", "America/Los_Angeles"),
        ("Berln", "Europe/Berlin"),
        ("Europe/Belrin", "Europe/Berlin"),
    ],
)
def test_one_that_is_not_clear_is_asked_with_the_likeliest_first(typed: str, likely: str) -> None:
    with pytest.raises(cron.ManyZonesError) as refused:
        cron.find_zone(typed, WINTER)
    assert refused.value.offers[0] == likely
    assert len(refused.value.offers) <= 6


def test_the_viewers_own_zone_is_offered_first() -> None:
    with pytest.raises(cron.ManyZonesError) as refused:
        cron.find_zone("CET", WINTER, viewer="Europe/Vienna")
    assert refused.value.offers[0] == "Europe/Vienna"


@pytest.mark.parametrize("typed", ["Mars/Base", "", " ", "\0", "-", "../etc/passwd", "x" * 10_000])
def test_what_is_no_zone_is_a_sentence(typed: str) -> None:
    with pytest.raises(cron.ManyZonesError, match="no time zone"):
        cron.find_zone(typed, WINTER)


def test_an_offset_is_that_of_now() -> None:
    for now, here in ((WINTER, False), (SUMMER, True)):
        with pytest.raises(cron.ManyZonesError) as refused:
            cron.find_zone("UTC+2", now, viewer="Europe/Berlin")
        assert (refused.value.offers[0] == "Europe/Berlin") is here


def test_every_zone_on_offer_is_found_by_its_name_and_says_its_offset() -> None:
    offers = cron.zone_offers(WINTER, "Europe/Berlin")
    assert [offer.name for offer in offers[:2]] == ["Europe/Berlin", "UTC"]
    assert offers[0].words == "Germany · CET, UTC+01:00 now"
    assert {offer.name for offer in offers} == set(pytz.common_timezones)
    for offer in offers:
        found = ZoneInfo(cron.find_zone(offer.name, WINTER))
        for at in (WINTER, SUMMER):
            assert (
                at.astimezone(found).utcoffset() == at.astimezone(ZoneInfo(offer.name)).utcoffset()
            )


def test_the_form_takes_what_is_found_and_keeps_what_was_saved() -> None:
    typed = {"kind": "cron", "cron": "0 9 * * *", "timezone": "berlin"}
    form = TimingForm(typed)
    assert form.is_valid()
    assert form.timing().zone_name == "Europe/Berlin"
    saved = TimingForm({**typed, "timezone": "US/Eastern"}, initial={"timezone": "US/Eastern"})
    assert saved.is_valid()
    assert saved.timing().zone_name == "US/Eastern"


def test_the_preview_offers_buttons_for_the_zones_that_may_be_meant(browse: Browse) -> None:
    client = browse("team_admin")
    client.cookies["zone"] = "Europe/Paris"
    with time_machine.travel(WINTER, tick=False):
        text = page(client, "/schedules/preview/?kind=cron&cron=0+9+*+*+*&timezone=CET")
    assert 'name="pick-timezone" value="Europe/Paris"' in text
    assert "France · CET, UTC+01:00 now" in text
    assert text.count("pick-timezone") == 6
