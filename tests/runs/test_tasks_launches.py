"""Launches whose answer never came are matched with the run that they made, or stay open."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import tasks
from runs.models import Launch, Run

pytestmark = pytest.mark.django_db


def start(sandbox: Sandbox, **parameters: Any) -> str:
    request = schema.RunRequest(
        workflow_id=sandbox.agents["Every parameter type"], parameters=parameters
    )
    return connect().start(request).run_id


def launch(
    sandbox: Sandbox,
    *,
    created_at: datetime | None = None,
    state: str = Launch.State.UNKNOWN,
    **parameters: Any,
) -> Launch:
    tasks.refresh_workflows()
    made = Launch.objects.create(
        workflow_id=sandbox.agents["Every parameter type"],
        request={"parameters": parameters},
        state=state,
    )
    Launch.objects.update(created_at=created_at or timezone.now())
    return made


def settled(made: Launch) -> tuple[str, str]:
    tasks.settle_launches()
    made.refresh_from_db()
    return made.state, made.run_id


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
