"""The coming fires, as one types: in three zones, with what to beware of, and quickly."""

import time
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from schedules import cron
from schedules.models import Schedule
from schedules.outlook import look_ahead, next_fire
from schedules.timing import Timing
from tests.conftest import Browse
from tests.schedules.conftest import Mirror

URL = "/schedules/preview/"
BERLIN = ZoneInfo("Europe/Berlin")
BEFORE_SPRING = datetime(2026, 3, 6, 12, tzinfo=UTC)


def preview(client: Client, **typed: str) -> str:
    answer = client.get(URL, {"kind": "cron", "timezone": "America/New_York", **typed})
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def ahead(expression: str, zone: str = "America/New_York", now: datetime = BEFORE_SPRING) -> Any:
    return look_ahead(Timing("cron", zone, expression), now=now, viewer=BERLIN)


def test_ten_fires_are_told_in_three_zones(browse: Browse) -> None:
    client = browse("team_admin")
    client.cookies["zone"] = "Europe/Berlin"
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC), tick=False):
        text = preview(client, cron="0 21 * * 1-5")
    assert "At 21:00, Monday through Friday" in text
    assert text.count("<tr") == 11
    assert "Mon 1 Jun 21:00" in text
    assert "Tue 03:00" in text  # hers, on the next day already
    assert "Tue 01:00" in text  # UTC


def test_the_day_of_a_clock_change_is_marked_and_so_is_what_the_server_does_then() -> None:
    outlook = ahead("0 9 * * *")
    marked = {f"{row.local:%d %H:%M}": row.notes for row in outlook.rows if row.notes}
    assert set(marked) == {"08 04:00", "08 09:00"}
    assert "clocks change" in marked["08 09:00"][0]
    assert "the server will fire" in marked["08 04:00"][-1]
    assert outlook.differences[0] == "8 March: the server will also fire at 04:00."
    assert ahead("0 9 * * *", zone="UTC").differences == []


def test_a_fire_that_the_server_leaves_out_is_marked() -> None:
    before = datetime(2026, 11, 1, 5, 15, tzinfo=UTC)
    rows = ahead("30 * * * *", now=before).rows
    assert [row.local.strftime("%H:%M%z") for row in rows if row.notes[1:]] == ["01:30-0500"]
    assert "the server will not fire" in rows[1].notes


def test_where_the_servers_own_list_is_wrong_it_is_said() -> None:
    with time_machine.travel(BEFORE_SPRING, tick=False):
        told = ahead("0 9 * * *").differences[-1]
        forgotten = ahead("0 9 1,31 * *", zone="UTC", now=datetime(2026, 2, 2, tzinfo=UTC))
    assert told.endswith("fires names Sun 8 Mar 08:00 and leaves out Sun 8 Mar 04:00.")
    assert forgotten.differences == [
        "Skyvern's own list of the next fires leaves out Sun 1 Mar 09:00."
    ]


def test_the_page_says_in_words_what_the_server_will_do(browse: Browse) -> None:
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC), tick=False):
        text = preview(browse("team_admin"), cron="0 9 * * *")
    assert "14 March 2027: the server will also fire at 04:00." in text


def test_what_only_the_server_does_before_the_last_fire_shown_is_shown_too() -> None:
    timing = Timing("cron", "America/New_York", "0 9 * * *")
    rows = look_ahead(timing, now=BEFORE_SPRING, viewer=BERLIN, n=3).rows
    assert [f"{row.local:%d %H:%M}" for row in rows] == [
        "06 09:00",
        "07 09:00",
        "08 04:00",
        "08 09:00",
    ]


def test_a_skipped_time_says_where_it_went() -> None:
    moved = next(row for row in ahead("30 2 * * *").rows if row.notes)
    assert f"{moved.local:%d %H:%M}" == "08 03:00"
    assert moved.notes[0] == "02:30 is skipped by the clocks that day"


@pytest.mark.parametrize(
    ("expression", "warning"),
    [
        ("0 9 31 * *", "February, April, June, September, November have no day 31"),
        ("0 9 30 * *", "February has no day 30"),
        ("0 9 29 * *", "leap years"),
        ("0 9 15 * 1", "fires when either matches"),
        ("0 9 1-7 * 1#1", "only the day of the week counts"),
        ("0 9 L * *", None),
        ("0 9 1,31 * *", None),
        ("0 9 31 1,3 *", None),
    ],
)
def test_what_surprises_people_is_said_before_it_happens(
    expression: str, warning: str | None
) -> None:
    warnings = ahead(expression, zone="UTC").warnings
    assert len(warnings) == (1 if warning else 0)
    assert warning is None or warning in warnings[0]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"cron": "61 * * * *"}, "“61” is no minute"),
        ({"cron": "* * * * *"}, "only 1 minute apart"),
        ({"cron": "0 9 31 2 *"}, "It never fires"),
        ({"cron": "0 9 * * *", "timezone": "<b>"}, "no time zone “<b>”"),
        ({"kind": "once"}, "Say when"),
        ({"kind": "interval", "every": "1"}, "at least 5 minutes"),
        ({"kind": ""}, "required"),
        ({"cron": "\0"}, "Null characters"),
        ({"cron": "*/1," * 5000}, "at most 1000 characters"),
    ],
)
def test_what_is_wrong_is_a_sentence_not_an_error(
    browse: Browse, typed: dict[str, str], sentence: str
) -> None:
    text = preview(browse("team_admin"), **typed)
    assert sentence in text
    assert "<table" not in text


def test_intervals_and_single_times_have_a_preview_too(browse: Browse) -> None:
    client = browse("team_admin")
    assert "Every 90 minutes" in preview(client, kind="interval", every="90", unit="minutes")
    assert "Once" in preview(client, kind="once", run_at="2099-01-01T09:00")


def test_the_preview_of_an_edit_knows_what_is_saved(mirror: Mirror, browse: Browse) -> None:
    schedule = Schedule.objects.get(kind="interval")
    Schedule.objects.filter(pk=schedule.pk).update(
        first_fire_at=datetime(2026, 1, 1, 9, tzinfo=UTC), timezone="UTC"
    )
    text = preview(
        browse("team_admin"),
        kind="interval",
        every="8",
        unit="hours",
        timezone="UTC",
        first_fire_at="2026-01-01T09:00:00",
        schedule=schedule.pk,
    )
    assert "Every 8 hours" in text
    page = browse("superuser").get(reverse("schedules:schedule_edit", args=[schedule.pk]))
    assert page.context["outlook"].words == "Every 8 hours"


def test_an_answer_takes_a_few_milliseconds(browse: Browse) -> None:
    client = browse("team_admin")
    preview(client, cron="0 9 * * *")
    for expression in ("*/5 * * * *", "0 9 31 2 *", "0 0 29 2 *", "1," * 59 + "1 * * * *"):
        began = time.perf_counter()
        preview(client, cron=expression)
        assert time.perf_counter() - began < 0.5


def test_without_javascript_a_button_previews_and_saves_nothing(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), Schedule.objects.get(kind="interval")
    url = reverse("schedules:schedule_create")
    sent = {
        "agent": schedule.workflow_id,
        "kind": "cron",
        "cron": "0 9 * * 1",
        "timezone": "UTC",
        "preview": "1",
    }
    before = Schedule.objects.count()
    answer = client.post(url, sent)
    assert answer.status_code == 200
    assert "only on Monday" in answer.content.decode()
    assert answer.context["form"]["cron"].value() == "0 9 * * 1"
    assert Schedule.objects.count() == before


def test_the_next_fire_is_the_servers_word_until_it_is_behind() -> None:
    now = datetime(2026, 6, 1, 8, tzinfo=UTC)
    schedule = Schedule(
        kind="cron", cron_expression="0 9 * * *", next_run_at=now + timedelta(minutes=7)
    )
    assert next_fire(schedule, now) == now + timedelta(minutes=7)
    schedule.next_run_at = now - timedelta(minutes=1)
    assert next_fire(schedule, now) == now + timedelta(hours=1)
    schedule.cron_expression = "not cron"
    assert next_fire(schedule, now) is None
    schedule.is_active = False
    assert next_fire(schedule, now) is None


def test_intervals_keep_their_anchor() -> None:
    anchor = datetime(2026, 1, 1, tzinfo=UTC)
    timing = Timing("interval", "UTC", interval_seconds=3600, first_fire_at=anchor)
    at = [fire.at for fire in timing.fires(anchor + timedelta(minutes=90), 2)]
    assert at == [anchor + timedelta(hours=2), anchor + timedelta(hours=3)]
    assert timing.fires(anchor - timedelta(days=1), 1)[0].at == anchor


def test_a_pattern_that_is_not_ours_to_tell_is_an_error_of_cron() -> None:
    with pytest.raises(cron.CronError):
        ahead("R R * * *")
