"""Coming fires in people's own calendars: whose address opens what, and what is in the file."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from dashboard import links
from dashboard.models import Activity
from schedules import feed, ical
from schedules.models import CalendarLink, Schedule
from schedules.tasks import reckon_hours
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, MINUTE, NOON, hourly
from tests.schedules.pages import page

PAGE = "/schedules/calendar/"
ADDRESS = re.compile(r'value="http://testserver(/schedules/calendar/[^"]+\.ics)"')
type Person = Callable[[str], User]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + MINUTE, tick=False) as found:
        yield found


def made(client: Client) -> str:
    """The path of the address that a person makes on the page."""
    client.post(PAGE, {"verb": "make"})
    found = ADDRESS.search(page(client, PAGE))
    assert found
    return found[1]


def unfolded(body: bytes) -> list[str]:
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(len(line) for line in body.split(b"\r\n")) <= ical.LONGEST_LINE
    return body.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


@pytest.mark.django_db
def test_an_address_shows_what_is_to_come_to_whoever_has_it(
    browse: Browse, clock: time_machine.Traveller
) -> None:
    hourly(cron="0 15 * * *", timezone="Europe/Berlin", name="Nightly; prices, all")
    reckon_hours()
    answer = Client().get(made(browse("support")))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies
    lines = unfolded(answer.content)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert lines.count("BEGIN:VEVENT") == 14
    begin = lines.index("BEGIN:VEVENT")
    assert lines[begin : lines.index("END:VEVENT")] == [
        "BEGIN:VEVENT",
        "UID:wfs_1-20260601T1300Z@skydeck",
        "DTSTAMP:20260601T120000Z",
        "DTSTART:20260601T130000Z",
        "DURATION:PT5M",
        "SUMMARY:Nightly\\; prices\\, all (Price feed)",
        "DESCRIPTION:At 15:00\\, every day\\, Europe/Berlin",
        "URL:http://testserver/schedules/wfs_1/",
        "TRANSP:TRANSPARENT",
    ]


@pytest.mark.django_db
def test_it_has_a_tag_and_is_not_sent_twice(browse: Browse, clock: time_machine.Traveller) -> None:
    hourly(cron="0 15 * * *")
    reckon_hours()
    path = made(browse("support"))
    tag = Client().get(path)["ETag"]
    again = Client().get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in again["Cache-Control"]
    clock.shift(24 * HOUR)
    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.django_db
def test_it_opens_nothing_for_one_who_may_not_see_schedules_any_more(
    browse: Browse, person: Person
) -> None:
    client = browse("support")
    path = made(client)
    user = User.objects.get(username="support")
    assert Client().get(path).status_code == 200
    user.groups.clear()
    assert Client().get(path).status_code == 404
    user.is_superuser = True
    user.save()
    assert Client().get(path).status_code == 200
    user.is_active = False
    user.save()
    assert Client().get(path).status_code == 404


@pytest.mark.django_db
def test_a_replaced_or_ended_address_opens_nothing(browse: Browse) -> None:
    client = browse("support")
    first = made(client)
    second = made(client)
    assert first != second
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert second in page(client, PAGE)  # shown again whenever its owner looks
    client.post(PAGE, {"verb": "end"})
    assert Client().get(second).status_code == 404
    assert "Make my address" in page(client, PAGE)
    client.post(PAGE, {"verb": "end"})
    verbs = list(Activity.objects.order_by("pk").values_list("verb", "target_type"))
    assert verbs == [(verb, "calendarlink") for verb in ("made", "replaced", "ended")]


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "a.b", "0" * 32, "%00", "ü"])
def test_a_forged_address_opens_nothing(token: str) -> None:
    assert Client().get(f"/schedules/calendar/{token}.ics").status_code == 404


@pytest.mark.django_db
def test_each_has_their_own_and_nothing_stored_opens_one(browse: Browse) -> None:
    paths = {made(browse(role)) for role in ("support", "team_admin")}
    assert len(paths) == CalendarLink.objects.count() == 2
    stored = " ".join(str(row) for row in CalendarLink.objects.values_list())
    assert not any(path.split("/")[-1] in stored for path in paths)
    for link in CalendarLink.objects.all():
        assert Client().get(f"/schedules/calendar/{link.pk.hex}.ics").status_code == 404


@pytest.mark.django_db
def test_no_log_holds_an_address(browse: Browse, caplog: pytest.LogCaptureFixture) -> None:
    path = made(browse("support"))
    CalendarLink.objects.all().delete()
    with caplog.at_level(logging.WARNING):
        Client().get(path)
    assert "/schedules/calendar/" in caplog.text
    assert path not in caplog.text
    assert path.split("/")[-1][6:20] not in caplog.text


@pytest.mark.django_db
def test_reading_is_noted_but_not_each_time(browse: Browse, clock: time_machine.Traveller) -> None:
    client = browse("support")
    path = made(client)
    assert "no calendar has read it yet" in page(client, PAGE)
    Client().get(path)
    assert CalendarLink.objects.get().read_at == NOON + MINUTE
    clock.shift(MINUTE)
    Client().get(path)
    assert CalendarLink.objects.get().read_at == NOON + MINUTE
    clock.shift(10 * MINUTE)
    Client().get(path)
    assert CalendarLink.objects.get().read_at == NOON + 12 * MINUTE


@pytest.mark.django_db
def test_a_quick_schedule_does_not_fill_the_calendar_nor_many_overflow_it(
    clock: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hourly("wfs_quick", cron="*/5 * * * *")
    for number in range(80):
        hourly(f"wfs_{number}", cron="0 * * * *")
    reckon_hours()
    with django_assert_num_queries(2):
        lines = unfolded(feed.calendar(NOON + MINUTE, str))
    assert lines.count("BEGIN:VEVENT") == feed.MOST
    assert sum(line.startswith("UID:wfs_quick-") for line in lines) == feed.MOST_OF_ONE


@pytest.mark.django_db
def test_links_lead_to_where_people_come(
    browse: Browse, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.PUBLIC_URL = "https://deck.example.com"
    hourly()
    reckon_hours()
    client = browse("support")
    client.post(PAGE, {"verb": "make"})
    assert 'value="https://deck.example.com/schedules/calendar/' in page(client, PAGE)
    link = CalendarLink.objects.get()
    text = Client().get(f"/schedules/calendar/{links.signed(feed.SALT, link.pk)}.ics").text
    assert "URL:https://deck.example.com/schedules/wfs_1/" in text


@pytest.mark.django_db
def test_hostile_names_stay_within_their_line(clock: time_machine.Traveller) -> None:
    hourly(name="x\r\nEND:VEVENT\r\nATTACH:file:///etc/passwd\x07\u2028;,\\", cron="0 15 * * *")
    reckon_hours()
    Schedule.objects.update(timezone="UTC\r\nBEGIN:VALARM")
    lines = unfolded(feed.calendar(NOON + MINUTE, str))
    names = {re.split("[:;]", line)[0] for line in lines}
    assert "ATTACH" not in names
    assert lines.count("END:VEVENT") == lines.count("BEGIN:VEVENT") == 14
    assert "BEGIN:VALARM" not in lines


def test_an_empty_calendar_holds_what_it_must() -> None:
    lines = unfolded(ical.calendar("C", "D", timedelta(hours=1), []))
    assert "BEGIN:VTIMEZONE" in lines
    assert "BEGIN:VEVENT" not in lines


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_a_text_holds_its_line_is_one(title: str, detail: str) -> None:
    event = ical.Event(
        uid=detail,
        begin=NOON,
        lasts=MINUTE,
        stamp=datetime(2026, 1, 1, tzinfo=UTC),
        title=title,
        detail=detail,
        url="https://deck.example.com/",
    )
    lines = unfolded(ical.calendar(title, detail, timedelta(hours=1), [event]))
    assert len(lines) == 9 + 10 + 1
    summary = next(line for line in lines if line.startswith("SUMMARY:"))
    plain = ical.CONTROL.sub("", title.replace("\r\n", "\n").replace("\r", "\n"))
    read = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], summary[8:])
    assert read == plain.encode("utf-8", "replace").decode()
