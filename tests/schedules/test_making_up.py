"""A run in place of a fire that had none: one, whoever asks how often, and whatever is lost."""

from __future__ import annotations

from uuid import uuid4

import pytest
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
from tests.schedules.pages import by_name, page
from tests.schedules.pausing import fire, posts, resume_url, run_url

NAME = "Prices, every four hours"
State = Fire.State


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
