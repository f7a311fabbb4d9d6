"""Launches whose answer never came are matched with the run that they made, or stay open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dashboard.audit import SYSTEM, Actor
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors, schema
from runs import actions, tasks
from runs.models import Launch, Run, RunDetail, Workflow
from tests.runs.conftest import Play
from tests.runs.lost import launch, settled, start

pytestmark = pytest.mark.django_db

type Person = Callable[[str], User]


def parameters(sandbox: Sandbox, value: str) -> dict[str, Any]:
    """What that agent cannot do without, told apart by `value`."""
    asked = connect().workflow(sandbox.agents["Every parameter type"]).parameters
    needed = [one for one in asked if one.default_value is None and one.type == "string"]
    return {one.key: value for one in needed}


def test_the_run_of_a_launch_that_was_cut_off_is_found(sandbox: Sandbox) -> None:
    mine = parameters(sandbox, "mine")
    start(sandbox, **parameters(sandbox, "another"))
    run_id = start(sandbox, **mine)
    made = launch(sandbox, **mine)
    assert settled(made) == (Launch.State.LAUNCHED, run_id)
    assert Run.objects.filter(pk=run_id).exists()
    assert made.error == ""


def test_a_run_that_is_found_later_is_known_by_who_launched_it(
    sandbox: Sandbox, person: Person
) -> None:
    run_id, user = start(sandbox, customer="Ada"), person("operator")
    made = launch(sandbox, customer="Ada", user=user)
    assert settled(made)[1] == run_id
    assert Run.objects.get(pk=run_id).launched_by == user
    sandbox.advance(60)
    tasks.refresh_live()
    tasks.refresh_run(run_id)
    run = Run.objects.get(pk=run_id)
    assert (run.is_final, run.launched_by) == (True, user)


def test_two_equal_launches_get_a_run_each(sandbox: Sandbox) -> None:
    mine = parameters(sandbox, "mine")
    runs = {start(sandbox, **mine), start(sandbox, **mine)}
    first, second = launch(sandbox, **mine), launch(sandbox, **mine)
    assert {settled(first)[1], settled(second)[1]} == runs


def test_one_run_is_not_two_launches(sandbox: Sandbox) -> None:
    mine = parameters(sandbox, "mine")
    start(sandbox, **mine)
    first, second = launch(sandbox, **mine), launch(sandbox, **mine)
    assert sorted([settled(first)[0], settled(second)[0]]) == ["launched", "unknown"]


def test_a_launch_without_a_run_stays_open_and_says_so(sandbox: Sandbox) -> None:
    made = launch(sandbox, **parameters(sandbox, "mine"))
    assert settled(made) == (Launch.State.UNKNOWN, "")
    assert "may still have started" in made.error


def test_a_launch_that_was_interrupted_may_have_started(sandbox: Sandbox) -> None:
    young = timezone.now() - timedelta(seconds=50)
    made = launch(sandbox, created_at=young, state=Launch.State.CLAIMED)
    assert settled(made)[0] == Launch.State.CLAIMED
    Launch.objects.update(created_at=young - timedelta(seconds=20))
    assert settled(made)[0] == Launch.State.UNKNOWN


def test_a_run_of_another_time_is_not_taken(sandbox: Sandbox) -> None:
    mine = parameters(sandbox, "mine")
    start(sandbox, **mine)
    made = launch(sandbox, created_at=timezone.now() - timedelta(minutes=30), **mine)
    assert settled(made)[0] == Launch.State.UNKNOWN


def test_an_old_open_launch_is_not_looked_for_for_ever(sandbox: Sandbox) -> None:
    launch(sandbox, created_at=timezone.now() - timedelta(hours=2))
    before = len(sandbox.calls)
    tasks.settle_launches()
    assert len(sandbox.calls) == before


def test_a_launch_is_not_looked_for_once_no_run_of_its_time_can_appear(sandbox: Sandbox) -> None:
    made = launch(sandbox, created_at=timezone.now() - timedelta(minutes=4), customer="A")
    Launch.objects.update(updated_at=made.created_at)
    assert settled(made)[0] == Launch.State.UNKNOWN
    before = len(sandbox.calls)
    tasks.settle_launches()
    assert len(sandbox.calls) == before


def test_values_are_the_same_in_the_type_they_were_turned_into(sandbox: Sandbox) -> None:
    typed: dict[str, Any] = {
        "customer": "12",
        "quantity": "5",
        "unit_price": "2",
        "express": "True",
        "lines": '[{"sku": "A", "count": 1.0}]',
    }
    run_id = start(sandbox, **typed)
    got = connect().workflow_run(run_id).parameters
    assert got is not None
    assert got["quantity"] == 5
    assert settled(launch(sandbox, **typed, gone=1, greeting=None))[1] == run_id


@pytest.mark.parametrize(
    "other",
    [{"customer": "ADA"}, {"customer": "Ada", "quantity": 4}, {"customer": "Ada", "greeting": ""}],
)
def test_a_run_that_was_given_something_else_is_not_taken(
    sandbox: Sandbox, other: dict[str, Any]
) -> None:
    start(sandbox, **other)
    assert settled(launch(sandbox, customer="Ada"))[0] == Launch.State.UNKNOWN


def test_of_runs_alike_the_nearest_in_time_is_taken(sandbox: Sandbox) -> None:
    start(sandbox, customer="Ada")
    sandbox.advance(10)
    nearest = start(sandbox, customer="Ada")
    sandbox.advance(30)
    start(sandbox, customer="Ada")
    made = launch(sandbox, created_at=timezone.now() + timedelta(seconds=9), customer="Ada")
    assert settled(made)[1] == nearest


def test_a_scheduled_run_is_never_taken(sandbox: Sandbox) -> None:
    wpid = sandbox.agents["Every parameter type"]
    at = timezone.now() + timedelta(seconds=70)
    connect().create_schedule(
        wpid, schema.ScheduleRequest(timezone="UTC", run_at=at, parameters={"customer": "Ada"})
    )
    sandbox.advance(140)
    made = launch(sandbox, created_at=at, customer="Ada")
    assert settled(made)[0] == Launch.State.UNKNOWN
    assert Run.objects.get(workflow=wpid).trigger_type == "scheduled"


def test_a_run_that_vanishes_meanwhile_does_not_keep_others_waiting(sandbox: Sandbox) -> None:
    mine, gone = start(sandbox, customer="Ada"), start(sandbox, customer="Ada")
    sandbox.fault("status", path=f"/v1/workflows/runs/{gone}", code=404, times=None)
    assert settled(launch(sandbox, customer="Ada"))[1] == mine


def test_a_launch_on_its_way_is_waited_for_as_the_run_may_be_its(sandbox: Sandbox) -> None:
    run_id = start(sandbox, customer="Ada")
    made = launch(sandbox, customer="Ada")
    sending = launch(sandbox, state=Launch.State.CLAIMED, customer="Ada")
    assert settled(made) == (Launch.State.UNKNOWN, "")
    Launch.objects.filter(pk=sending.pk).update(state=Launch.State.REJECTED)
    assert settled(made) == (Launch.State.LAUNCHED, run_id)


def test_a_launch_on_its_way_with_other_parameters_is_not_waited_for(sandbox: Sandbox) -> None:
    run_id = start(sandbox, customer="Ada")
    launch(sandbox, state=Launch.State.CLAIMED, customer="Grace")
    assert settled(launch(sandbox, customer="Ada"))[1] == run_id


def test_a_retry_on_its_way_is_waited_for_as_it_may_be_given_the_same(sandbox: Sandbox) -> None:
    start(sandbox, customer="Ada")
    sending = launch(sandbox, state=Launch.State.CLAIMED)
    Launch.objects.filter(pk=sending.pk).update(request={"retry_of": "wr_1"})
    assert settled(launch(sandbox, customer="Ada")) == (Launch.State.UNKNOWN, "")


class ShortPages(httpx.BaseTransport):
    """A server that sends two rows at most, however many it is asked for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = httpx.WSGITransport(app=sandbox)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if "page_size" in request.url.params:
            request.url = request.url.copy_set_param("page_size", 2)
        return self.sandbox.handle_request(request)


def test_every_page_is_read_however_short_they_are(sandbox: Sandbox, settings: Settings) -> None:
    mine = start(sandbox, customer="Ada")
    for other in range(4):
        start(sandbox, customer=str(other))
    made = launch(sandbox, customer="Ada")
    settings.SKYVERN_TRANSPORT = ShortPages(sandbox)
    assert settled(made)[1] == mine


def test_an_answer_takes_its_run_back_from_a_guess(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, person: Person
) -> None:
    guessed = launch(sandbox, customer="Ada", user=person("operator"))
    request = schema.RunRequest(
        workflow_id=sandbox.agents["Every parameter type"], parameters={"customer": "Ada"}
    )
    answer = connect().start(request)
    assert settled(guessed)[1] == answer.run_id
    monkeypatch.setattr("dashboard.skyvern.Skyvern.start", lambda *_: answer)
    agent = Workflow.objects.get(pk=request.workflow_id)
    entry = actions.launch(agent, request, nonce=uuid4(), actor=SYSTEM)
    guessed.refresh_from_db()
    assert entry.run_id == answer.run_id
    assert (guessed.state, guessed.run_id) == (Launch.State.UNKNOWN, "")
    assert Run.objects.get(pk=answer.run_id).launched_by is None


def test_a_retried_run_is_known_by_who_retried_it(play: Play, person: Person) -> None:
    first, second = person("operator"), person("team_admin")
    run = play("Price feed")
    new = actions.retry(run, actor=Actor(first, "operator"), nonce=uuid4())
    assert Run.objects.get(pk=new.run_id).launched_by == first
    again = actions.retry(run, actor=Actor(second, "team_admin"), nonce=uuid4())
    people = Run.objects.newest().values_list("run_id", "launched_by__username")
    assert dict(people) == {
        run.run_id: None,
        new.run_id: "operator",
        again.run_id: "team_admin",
    }


def test_the_run_of_a_retry_that_was_cut_off_is_found_by_what_its_original_was_given(
    play: Play, sandbox: Sandbox, person: Person
) -> None:
    start(sandbox, customer="someone else")
    run = play("Every parameter type", customer="Ada", quantity=7)
    RunDetail.objects.all().delete()
    user = person("operator")
    sandbox.fault("cut", path="/retry")
    nonce = uuid4()
    with pytest.raises(errors.Unknown):
        actions.retry(run, actor=Actor(user, "operator"), nonce=nonce)
    Launch.objects.update(created_at=timezone.now() + timedelta(seconds=60))  # as the sandbox's
    start(sandbox, customer="Ada")
    state, run_id = settled(Launch.objects.get(pk=nonce))
    assert state == Launch.State.LAUNCHED
    assert run_id != run.run_id
    got = connect().workflow_run(run_id).parameters or {}
    assert (got["customer"], got["quantity"]) == ("Ada", 7)
    noted = Activity.objects.all()[0]
    assert (noted.verb, noted.actor, noted.target_id) == ("retried", user, run.run_id)
    assert run_id in noted.detail
    assert Run.objects.get(pk=run_id).launched_by == user


def test_a_retry_of_a_run_that_is_gone_stays_open(play: Play, sandbox: Sandbox) -> None:
    run = play("Price feed")
    sandbox.fault("drop", path="/retry")
    nonce = uuid4()
    with pytest.raises(errors.Unknown):
        actions.retry(run, actor=SYSTEM, nonce=nonce)
    sandbox.fault("status", path=f"/{run.run_id}", code=404, times=None)
    assert settled(Launch.objects.get(pk=nonce))[0] == Launch.State.UNKNOWN


def test_an_interrupted_launch_leaves_a_trace_in_the_log(sandbox: Sandbox) -> None:
    old = timezone.now() - timedelta(seconds=70)
    made = launch(sandbox, created_at=old, state=Launch.State.CLAIMED, customer="Ada")
    settled(made)
    noted = Activity.objects.get()
    assert (noted.verb, noted.result) == ("launched", "unknown")
    tasks.settle_launches()
    assert Activity.objects.count() == 1


def test_a_json_text_comes_back_read(sandbox: Sandbox) -> None:
    """A word, which is a text before and after."""
    sent: dict[str, Any] = {"customer": "Ada", "lines": '"none"'}
    run_id = start(sandbox, **sent)
    assert (connect().workflow_run(run_id).parameters or {})["lines"] == "none"
    assert settled(launch(sandbox, **sent))[1] == run_id
