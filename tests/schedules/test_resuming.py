"""Resuming says what was missed, and runs it: each fire once, whoever presses how often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import SYSTEM
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from runs.models import Launch, Run
from schedules import actions
from schedules.actions import making_up
from schedules.models import Fire, MakeUp, Pause, Schedule
from schedules.pausing import missed
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page

NAME = "Prices, every four hours"
HOUR = timedelta(hours=1)
State = Fire.State


def resume_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_resume", args=[schedule.pk])


def run_url(fire: Fire) -> str:
    return reverse("schedules:fire_run", args=[fire.schedule_id, fire.pk])


def fire(schedule: Schedule, hours: int, state: str = State.SKIPPED, cause: str = "paused") -> Fire:
    """One that was due so long ago."""
    at = timezone.now().replace(minute=0, second=0, microsecond=0) - hours * HOUR
    return Fire.objects.create(
        schedule=schedule, due_at=at, state=state, cause="" if state == State.DUE else cause
    )


@pytest.fixture
def paused(mirror: Mirror) -> Schedule:
    """Since ten hours ago, with three fires in that time: one is not settled yet."""
    schedule = actions.pause(by_name(NAME), reason="Why", actor=SYSTEM)
    Pause.objects.update(begin=timezone.now() - 10 * HOUR)
    fire(schedule, 20)
    for hours in (8, 4):
        fire(schedule, hours)
    fire(schedule, 0, State.DUE)
    return schedule


def posts(sandbox: Sandbox) -> int:
    return sum(path == "/v1/run/agents" for _, path in sandbox.calls)


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


def test_a_missed_fire_is_run_from_the_ledger_once(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    lost = fire(schedule, 3, State.MISSED, "busy")
    assert "Run it now" in page(client, reverse("schedules:fire_list", args=[schedule.pk]))
    assert "Run it now" in page(client, run_url(lost))
    first, second = (client.post(run_url(lost)) for _ in range(2))
    lost.refresh_from_db()
    assert first["Location"] == reverse("runs:run_detail", args=[lost.made_up_by_id])
    assert second.status_code == 200
    assert posts(sandbox) == 1


def test_two_people_at_once_start_one_run(mirror: Mirror, sandbox: Sandbox) -> None:
    """The second comes while the first one's answer is still on its way."""
    lost = fire(by_name(NAME), 3, State.MISSED, "busy")
    made = MakeUp.objects.create(fire=lost)
    Launch.objects.create(nonce=made.nonce, workflow=lost.schedule.workflow, request={})
    with pytest.raises(errors.Unknown, match="asked for already"):
        actions.make_up(lost, actor=SYSTEM)
    assert posts(sandbox) == 0
    assert (
        missed.during(Pause(schedule=lost.schedule, begin=lost.due_at), timezone.now()).total == 0
    )


def test_a_run_whose_answer_was_lost_is_linked_when_it_is_found(
    paused: Schedule, sandbox: Sandbox, mirror: Mirror, browse: Browse
) -> None:
    lost = Fire.objects.filter(schedule=paused, state=State.SKIPPED)[0]
    sandbox.fault("cut", path="/run/agents")
    with pytest.raises(errors.Unknown):
        actions.make_up(lost, actor=SYSTEM)
    with pytest.raises(errors.Unknown):
        actions.make_up(lost, actor=SYSTEM)
    assert "being looked for" in page(browse("team_admin"), resume_url(paused))
    making_up.tie_found()
    lost.refresh_from_db()
    assert lost.made_up_by_id is None
    mirror()
    run = Run.objects.newest()[0]
    Launch.objects.update(state=Launch.State.LAUNCHED, run_id=run.pk)  # as the search does
    for _ in range(2):
        making_up.tie_found()
    lost.refresh_from_db()
    assert lost.made_up_by_id == run.pk
    assert posts(sandbox) == 1
    assert Activity.objects.filter(verb="made up for a fire of").count() == 1


def test_killed_before_it_was_sent_it_is_sent_the_next_time(
    paused: Schedule, sandbox: Sandbox
) -> None:
    lost = Fire.objects.filter(schedule=paused, state=State.SKIPPED)[0]
    made = MakeUp.objects.create(fire=lost)
    run_id = actions.make_up(lost, actor=SYSTEM)
    assert Launch.objects.get(pk=made.nonce).run_id == run_id
    assert posts(sandbox) == 1


def test_a_fire_that_has_its_run_or_is_still_to_come_is_not_run(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, schedule = browse("team_admin"), by_name(NAME)
    for one in (fire(schedule, -2, State.DUE), fire(schedule, 2, State.ON_TIME)):
        answer = client.post(run_url(one), follow=True)
        assert "It was not run" in answer.content.decode()
    assert posts(sandbox) == 0
    assert client.get(f"/schedules/wfs_other/fires/{one.pk}/run/").status_code == 404


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


def test_a_refused_launch_gives_the_fire_free(paused: Schedule, sandbox: Sandbox) -> None:
    lost = Fire.objects.filter(schedule=paused, state=State.SKIPPED)[0]
    Launch.objects.create(
        nonce=MakeUp.objects.create(fire=lost, nonce=uuid4()).nonce,
        workflow=paused.workflow,
        request={},
        state=Launch.State.REJECTED,
        error="No.",
    )
    assert actions.make_up(lost, actor=SYSTEM)
    assert posts(sandbox) == 1
    assert connect().run(Fire.objects.get(pk=lost.pk).made_up_by_id or "").run_id
