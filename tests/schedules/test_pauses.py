"""Pausing with a reason: who, why and until when, whoever sees first that it is paused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import SYSTEM, Actor
from dashboard.sandbox import Sandbox
from schedules import actions
from schedules.models import Pause, PauseIntent
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page
from tests.schedules.pausing import NAME, open_pause, pause_url, paused, post


def test_a_pause_says_who_why_and_until_when_on_row_and_page(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    status, location = post(client, schedule, until="4h")
    assert (status, location) == (302, schedule.get_absolute_url())
    assert not upstream(schedule).enabled
    pause = open_pause(schedule)
    assert (pause.by, pause.reason) == ("team_admin", "The portal is down")
    assert pause.resume_at is not None
    assert abs(pause.resume_at - timezone.now() - timedelta(hours=4)) < timedelta(minutes=1)
    ((actor, result, detail),) = paused()
    assert (actor, result) == ("team_admin", "ok")
    assert detail.startswith("The portal is down Until ")
    row, own = page(client, LIST), page(client, schedule.get_absolute_url())
    for text in (row, own):
        assert "team_admin" in text
        assert "The portal is down" in text
    assert "<span>resumes</span>" in row
    assert "It resumes by itself" in own


def test_without_a_reason_nothing_is_paused_and_all_that_was_typed_is_kept(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    status, text = post(client, schedule, reason="  ", until="at", at="2031-05-06T07:08")
    assert status == 422
    assert "Say why" in text
    assert 'value="2031-05-06T07:08"' in text
    status, text = post(client, schedule, reason="x" * 501)
    assert status == 422
    assert "Say it in 500 characters." in text
    assert upstream(schedule).enabled
    assert not Pause.objects.filter(schedule=schedule).exists()


def test_it_leads_back_to_the_table_filters_and_all(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    there = "/schedules/?state=active"
    form = client.get(pause_url(schedule), {"next": there})
    assert f'name="next" value="{there}"' in form.content.decode()
    assert post(client, schedule, next=there)[1] == there
    again = post(client, schedule, next="https://elsewhere.example/")
    assert again[1] == schedule.get_absolute_url()


def test_a_refused_pause_says_why_and_leaves_no_reason_behind(
    mirror: Mirror, sandbox: Sandbox, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    sandbox.fault("status", code=400, path="/disable")
    status, text = post(client, schedule)
    assert status == 422
    assert f"Could not pause {NAME}" in text
    assert "The portal is down</textarea>" in text
    assert not PauseIntent.objects.exists()
    assert [result for _, result, _ in paused()] == ["rejected"]


def test_a_double_press_is_one_pause(mirror: Mirror, browse: Browse, sandbox: Sandbox) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    for _ in range(2):
        assert post(client, schedule)[0] == 302
    assert Pause.objects.filter(schedule=schedule).count() == 1
    assert len(paused()) == 1
    asked = [path for _, path in sandbox.calls if path.endswith("/disable")]
    assert len(asked) == 1
    status, text = post(client, schedule, until="1h")  # the same page once more, with another end
    assert status == 422
    assert "team_admin paused it meanwhile" in text


def test_what_somebody_else_did_meanwhile_is_shown_before_it_is_replaced(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    actions.pause(schedule, reason="Theirs", actor=Actor(None, "ada"))
    status, text = post(client, schedule)
    assert status == 422
    assert "ada paused it meanwhile: “Theirs”" in text
    pause = open_pause(schedule)
    assert f'name="seen" value="{pause.pk}"' in text
    assert post(client, schedule, seen=str(pause.pk))[0] == 302
    assert open_pause(schedule).reason == "The portal is down"
    actions.resume(schedule, actor=SYSTEM)
    status, text = post(client, schedule, seen=str(pause.pk), reason="Later")
    assert status == 422
    assert "It was resumed meanwhile" in text


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("", "Say when, or choose another end."),
        ("soon", "Write it as 2026-12-31T09:00."),
        ("2026-03-29T02:30", "The clocks of Europe/Berlin skip that time then"),
        ("2026-10-25T02:30", "The clocks of Europe/Berlin show that time twice then"),
        ("2026-03-01T12:59", "That time is over"),
        ("0001-01-01T00:00", "That time is over"),
        ("9999-12-31T23:59", "That is more than five years ahead."),
    ],
)
def test_an_end_that_is_no_moment_to_come_is_refused_with_a_sentence(
    mirror: Mirror, browse: Browse, at: str, sentence: str
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    client.cookies["zone"] = "Europe/Berlin"
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        status, text = post(client, schedule, until="at", at=at)
    assert status == 422
    assert sentence in text
    assert f'value="{at}"' in text or not at


def test_times_are_by_the_viewers_clocks_and_the_form_says_so(
    mirror: Mirror, browse: Browse
) -> None:
    with time_machine.travel(datetime(2027, 7, 1, 12, tzinfo=UTC), tick=False):
        client, schedule = browse("team_admin"), by_name(NAME)
        client.cookies["zone"] = "America/New_York"
        text = page(client, pause_url(schedule))
        assert "tomorrow morning (Fri 2 Jul 08:00 America/New_York)" in text
        assert "By the clocks of America/New_York." in text
        assert post(client, schedule, until="morning")[0] == 302
        assert open_pause(schedule).resume_at == datetime(2027, 7, 2, 12, tzinfo=UTC)
        at = {"until": "at", "at": "2027-07-03T09:30", "seen": str(open_pause(schedule).pk)}
        assert post(client, schedule, **at)[0] == 302
        assert open_pause(schedule).resume_at == datetime(2027, 7, 3, 13, 30, tzinfo=UTC)
        assert 'value="2027-07-03T09:30"' in page(client, pause_url(schedule))


def test_the_end_is_changed_and_taken_off_while_it_is_paused(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    post(client, schedule, until="1h")
    seen = str(open_pause(schedule).pk)
    assert post(client, schedule, seen=seen, until="4h")[0] == 302
    assert post(client, schedule, seen=seen, until="open")[0] == 302
    assert open_pause(schedule).resume_at is None
    assert post(client, schedule, seen=seen, until="open")[0] == 302
    assert len(paused("changed the pause of")) == 2
    assert "Until someone resumes it" in page(client, schedule.get_absolute_url())


def test_a_hostile_reason_is_only_ever_text(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    bad = '"><script>alert(1)</script>\u202e{{ 7|add:7 }}'
    assert post(client, schedule, reason=bad)[0] == 302
    resume = reverse("schedules:schedule_resume", args=[schedule.pk])
    for url in (LIST, schedule.get_absolute_url(), pause_url(schedule), resume, "/activity/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content
        assert b"&lt;script&gt;alert(1)" in answer.content
    assert post(client, schedule, reason="nul\0", seen="x")[0] == 422


def test_support_reads_the_reason_and_is_offered_nothing(mirror: Mirror, browse: Browse) -> None:
    schedule = actions.pause(by_name(NAME), reason="Why so", actor=SYSTEM)
    client = browse("support")
    for url in (LIST, schedule.get_absolute_url()):
        text = page(client, url)
        assert "Why so" in text
        assert "/pause/" not in text
        assert "/resume/" not in text
        assert "/bulk/" not in text
        assert "/vital/" not in text


def test_a_one_time_schedule_is_not_paused(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    for answer in (client.get(pause_url(schedule)), client.post(pause_url(schedule))):
        assert answer["Location"] == schedule.get_absolute_url()
    assert "cancel it" in page(client, schedule.get_absolute_url())
