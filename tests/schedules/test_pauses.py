"""Pausing with a reason: who, why and until when, whoever sees first that it is paused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import SYSTEM, Actor
from dashboard.connect import connect
from dashboard.models import Activity, Feed
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleRequest
from runs.mirror.writing import writing
from schedules import actions
from schedules.ledger import expecting
from schedules.models import Pause, PauseIntent, Schedule
from schedules.pausing import noting
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page

NAME = "Invoices on weekdays"


def pause_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_pause", args=[schedule.pk])


def post(client: Client, schedule: Schedule, **typed: str) -> tuple[int, str]:
    given = {"reason": "The portal is down", "until": "open", **typed}
    answer = client.post(pause_url(schedule), given)
    return answer.status_code, answer.content.decode() or answer.get("Location", "")


def paused(verb: str = "paused") -> list[tuple[str, str, str]]:
    rows = Activity.objects.filter(verb=verb).order_by("pk")
    return [(row.actor_name, row.result, row.detail) for row in rows]


def open_pause(schedule: Schedule) -> Pause:
    return Pause.objects.get(schedule=schedule, end=None)


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


def test_the_refresh_makes_no_second_pause_of_it(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    mirror()
    expecting.look_ahead(timezone.now())
    assert open_pause(schedule).reason == "Why"
    actions.resume(schedule, actor=SYSTEM)
    actions.pause(schedule, reason="Again", actor=SYSTEM)
    mirror()
    expecting.look_ahead(timezone.now())
    assert [pause.reason for pause in schedule.pauses.all()] == ["Again", "Why"]
    assert len(paused()) == 2


def test_killed_after_skyvern_was_asked_the_refresh_finds_the_reason(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule, until = by_name(NAME), timezone.now() + timedelta(hours=1)
    PauseIntent.objects.create(schedule=schedule, reason="Why", resume_at=until, by="ada")
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    for _ in range(2):
        expecting.look_ahead(timezone.now())
    pause = open_pause(schedule)
    assert (pause.reason, pause.by, pause.resume_at) == ("Why", "ada", until)
    assert [actor for actor, _, _ in paused()] == ["ada"]
    assert not PauseIntent.objects.exists()


def test_an_answer_that_was_lost_keeps_the_reason_until_it_is_known(
    mirror: Mirror, sandbox: Sandbox, browse: Browse
) -> None:
    expecting.look_ahead(timezone.now())
    client, schedule = browse("team_admin"), by_name(NAME)
    sandbox.fault("cut", path="/disable")
    status, text = post(client, schedule)
    assert status == 422
    assert "its answer was lost" in text
    mirror()
    expecting.look_ahead(timezone.now())
    assert open_pause(schedule).reason == "The portal is down"
    assert [result for _, result, _ in paused()] == ["unknown", "ok"]


def test_a_reason_that_never_came_to_anything_is_not_taken_for_a_later_pause(
    mirror: Mirror, sandbox: Sandbox
) -> None:
    expecting.look_ahead(timezone.now())
    schedule, now = by_name(NAME), timezone.now()
    sandbox.fault("drop", path="/disable")
    with pytest.raises(errors.Unknown):
        actions.pause(schedule, reason="Why", actor=Actor(None, "ada"))
    noting.forget_stale(now)  # too early, and nothing was read since
    Feed.objects.update_or_create(pk="schedules", defaults={"succeeded_at": now})
    noting.forget_stale(now)
    assert PauseIntent.objects.count() == 1
    later = now + timedelta(minutes=4)
    Feed.objects.filter(pk="schedules").update(succeeded_at=later)
    for _ in range(2):
        noting.forget_stale(later)
    assert not PauseIntent.objects.exists()
    assert [(actor, result) for actor, result, _ in paused()] == [
        ("ada", "unknown"),
        ("ada", "rejected"),
    ]
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(later)
    assert (open_pause(schedule).by, open_pause(schedule).reason) == ("", "")


def test_a_pause_made_elsewhere_says_so(mirror: Mirror, browse: Browse) -> None:
    expecting.look_ahead(timezone.now())
    client, schedule = browse("team_admin"), by_name(NAME)
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    assert "outside Skydeck" in page(client, schedule.get_absolute_url())  # before the ledger
    expecting.look_ahead(timezone.now())
    for url in (LIST, schedule.get_absolute_url(), pause_url(schedule)):
        assert "outside Skydeck" in page(client, url)
    status, _ = post(client, schedule, seen=str(open_pause(schedule).pk), until="1h")
    assert status == 302
    pause = open_pause(schedule)
    assert (pause.by, pause.reason) == ("", "The portal is down")
    assert pause.resume_at is not None
    assert [actor for actor, _, _ in paused("changed the pause of")] == ["team_admin"]


def test_a_pause_is_noted_though_an_earlier_one_was_ended_elsewhere_and_nobody_knew(
    mirror: Mirror,
) -> None:
    expecting.look_ahead(timezone.now())
    schedule = by_name(NAME)
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    expecting.look_ahead(timezone.now())
    connect().enable_schedule(schedule.workflow_id, schedule.pk)
    mirror()
    actions.pause(by_name(NAME), reason="Mine", actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    assert [(one.reason, one.end is None) for one in schedule.pauses.all()] == [
        ("Mine", True),
        ("", False),
    ]


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
        assert "tomorrow morning (Fri 2 Jul, 08:00 America/New_York)" in text
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


def test_deleting_it_ends_the_pause(mirror: Mirror) -> None:
    expecting.look_ahead(timezone.now())
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    actions.delete(schedule, actor=SYSTEM)
    expecting.look_ahead(timezone.now())
    assert not Pause.objects.filter(schedule=schedule, end=None).exists()


def test_an_edit_that_pauses_says_who_did_it(mirror: Mirror) -> None:
    schedule = by_name(NAME)
    off = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=False)
    actions.update(schedule, off, actor=Actor(None, "ada"))
    assert open_pause(schedule).by == "ada"
    on = ScheduleRequest(timezone="UTC", cron_expression="0 7 * * *", enabled=True)
    actions.update(by_id(schedule), on, actor=Actor(None, "ada"))
    assert not Pause.objects.filter(schedule=schedule, end=None).exists()


def by_id(schedule: Schedule) -> Schedule:
    return Schedule.objects.get(pk=schedule.pk)


def test_two_who_pause_at_once_make_one_pause_and_both_are_in_the_log(mirror: Mirror) -> None:
    schedule = by_name(NAME)
    for name in ("ada", "bob"):
        PauseIntent.objects.create(schedule=schedule, reason=name, by=name)
    Schedule.objects.filter(pk=schedule.pk).update(enabled=False)
    for _ in range(3):
        with writing("ledger"):
            noting.begin(schedule, timezone.now())
    assert open_pause(schedule).by == "ada"
    assert [actor for actor, _, _ in paused()] == ["ada", "bob"]
