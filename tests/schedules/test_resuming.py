"""Resuming says what was missed, and runs it: each fire once, whoever presses how often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import SYSTEM
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Launch, Run
from schedules import actions
from schedules.models import Fire, MakeUp, Pause, Schedule
from schedules.pausing import missed
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page
from tests.schedules.pausing import HOUR, fire, posts, resume_url, run_url

NAME = "Prices, every four hours"
State = Fire.State


def made_up(schedule: Schedule) -> list[int]:
    """How many hours ago the fires were due that were run afterwards."""
    now = timezone.now()
    found = Fire.objects.filter(schedule=schedule, made_up_by__isnull=False)
    return sorted((now - one.due_at) // HOUR for one in found)


def ticked(schedule: Schedule, hours: Iterable[int]) -> dict[str, object]:
    now = timezone.now()
    fires = [
        one for one in Fire.objects.filter(schedule=schedule) if (now - one.due_at) // HOUR in hours
    ]
    return {"run": "chosen", "fire": [str(one.pk) for one in fires]}


def test_it_says_what_was_missed_and_runs_nothing_unless_asked(
    paused: Schedule, browse: Browse, sandbox: Sandbox, upstream: Upstream
) -> None:
    client = browse("team_admin")
    text = page(client, resume_url(paused))
    assert "3 fires were missed. Run" in text
    assert text.count('type="checkbox" name="fire"') == 3
    answer = client.post(resume_url(paused), {"next": LIST})
    assert answer["Location"] == LIST
    assert upstream(paused).enabled
    assert posts(sandbox) == 0
    assert not Pause.objects.filter(end=None).exists()
    assert Activity.objects.latest("pk").verb == "resumed"


def test_the_last_one_is_run_as_the_schedule_would_and_is_linked(
    paused: Schedule, browse: Browse, sandbox: Sandbox
) -> None:
    client = browse("team_admin")
    last = missed.during(Pause.objects.get(), timezone.now()).last
    assert last is not None
    for _ in range(2):  # a double press
        client.post(resume_url(paused), {"run": "last", "last": str(last.pk)})
    assert posts(sandbox) == 1
    last.refresh_from_db()
    run = Run.objects.get(pk=last.made_up_by_id)
    launched = Launch.objects.get(run_id=run.pk)
    assert launched.user is not None
    assert launched.user.get_username() == "team_admin"
    assert launched.request == {
        "workflow_id": paused.workflow_id,
        "parameters": paused.parameters,
        "proxy_location": None,
        "run_metadata": {
            "schedule": paused.pk,
            "fire": last.due_at.astimezone(UTC).isoformat(),
        },
    }
    text = page(client, reverse("schedules:fire_list", args=[paused.pk]))
    Fire.objects.filter(pk=last.pk).update(state=State.SKIPPED)
    text = page(client, reverse("schedules:fire_list", args=[paused.pk]))
    assert run.get_absolute_url() in text
    assert "Run afterwards" in text
    row = Activity.objects.get(verb="made up for a fire of")
    assert (row.actor_name, row.target_id) == ("team_admin", paused.pk)
    assert run.pk in row.detail


def test_those_that_are_ticked_are_run_oldest_first(
    paused: Schedule, browse: Browse, sandbox: Sandbox
) -> None:
    client = browse("team_admin")
    client.post(resume_url(paused), ticked(paused, {8, 4}))
    assert made_up(paused) == [4, 8]
    older, newer = Fire.objects.filter(made_up_by__isnull=False).order_by("due_at")
    assert older.made_up_by is not None
    assert newer.made_up_by is not None
    assert older.made_up_by.place < newer.made_up_by.place
    assert missed.during(Pause.objects.get(), timezone.now()).total == 1


def test_the_page_tells_for_a_day_what_its_last_pause_has_left(
    paused: Schedule, browse: Browse
) -> None:
    actions.resume(paused, actor=SYSTEM)
    client = browse("team_admin")
    hint = "3 fires were missed in its last pause."
    assert hint in page(client, paused.get_absolute_url())
    client.post(resume_url(paused), ticked(paused, {8, 4, 0}))
    assert "missed in its last pause" not in page(client, paused.get_absolute_url())
    Fire.objects.update(made_up_by=None)
    MakeUp.objects.all().delete()
    assert hint in page(client, paused.get_absolute_url())
    Pause.objects.update(end=timezone.now() - timedelta(days=2))
    assert hint not in page(client, paused.get_absolute_url())


def test_to_choose_and_tick_none_resumes_nothing(
    paused: Schedule, browse: Browse, upstream: Upstream
) -> None:
    answer = browse("team_admin").post(resume_url(paused), {"run": "chosen", "fire": "no number"})
    assert answer.status_code == 422
    assert "Tick the fires to run" in answer.content.decode()
    assert not upstream(paused).enabled


def test_a_launch_that_fails_is_said_and_the_rest_can_be_tried_again(
    paused: Schedule, browse: Browse, sandbox: Sandbox, upstream: Upstream
) -> None:
    client = browse("team_admin")
    chosen = ticked(paused, {8, 4})
    sandbox.fault("status", code=503, path="/run/agents")
    answer = client.post(resume_url(paused), chosen, follow=True)
    text = answer.content.decode()
    assert upstream(paused).enabled
    assert "goes on, but of 2 missed fires none was run" in text
    assert made_up(paused) == []
    Launch.objects.update(state=Launch.State.REJECTED)  # as where it surely started nothing
    assert "Run them" in page(client, resume_url(paused))
    client.post(resume_url(paused), chosen)
    assert made_up(paused) == [4, 8]


def test_a_refused_resume_runs_nothing_and_keeps_what_was_ticked(
    paused: Schedule, browse: Browse, sandbox: Sandbox
) -> None:
    sandbox.fault("status", code=400, path="/enable")
    chosen = ticked(paused, {8})
    answer = browse("team_admin").post(resume_url(paused), chosen)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f"Could not resume {NAME}" in text
    assert text.count('name="fire"') == 3
    assert text.count("checked> <span") == 1
    assert posts(sandbox) == 0


def test_only_the_newest_are_offered_and_all_are_counted(mirror: Mirror, browse: Browse) -> None:
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    Pause.objects.update(begin=timezone.now() - 1000 * HOUR)
    for hours in range(1, 61):
        fire(schedule, hours)
    text = page(browse("team_admin"), resume_url(schedule))
    assert "60 fires were missed" in text
    assert text.count('name="fire"') == missed.MOST
    assert "These are the newest 50 of 60." in text


def test_who_may_not_launch_is_told_and_resumes_without(
    paused: Schedule, upstream: Upstream, sandbox: Sandbox
) -> None:
    user = User.objects.create_user("limited")
    names = ("view_schedule", "change_schedule")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = page(client, resume_url(paused))
    assert "Your role may not launch runs" in text
    assert 'name="fire"' not in text
    assert client.post(resume_url(paused), ticked(paused, {8})).status_code == 422
    assert not upstream(paused).enabled
    assert client.post(resume_url(paused)).status_code == 302
    assert upstream(paused).enabled
    assert posts(sandbox) == 0
    assert client.get(run_url(Fire.objects.all()[0])).status_code == 403


def test_a_fire_that_the_pause_dropped_just_before_is_offered_too(mirror: Mirror) -> None:
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    begin = datetime(2026, 5, 1, 12, 0, 20, tzinfo=UTC)
    Pause.objects.update(begin=begin, end=begin + HOUR)
    dropped = {"state": State.MISSED, "cause": "paused"}
    for seconds, told in ((20, dropped), (7200, dropped), (10, {"state": State.MISSED})):
        at = begin - timedelta(seconds=seconds)
        Fire.objects.create(schedule=schedule, due_at=at, **told)
    found = missed.during(Pause.objects.get(), timezone.now())
    assert [one.due_at for one in found.fires] == [begin - timedelta(seconds=20)]
