"""Launch jobs: each row is one run, so many together as were asked for, and every end is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from dashboard.audit import Actor
from dashboard.connect import connect
from dashboard.feeds import API
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs import tasks
from runs.actions import jobs as verbs
from runs.mirror.state import LIVE
from runs.models import Job, JobItem, Launch, Run
from runs.tasks.jobs.lease import MOST_TRIES
from tests.runs.launch_jobs import POST, Make, customers, is_over, search, states
from tests.runs.launching import starts

pytestmark = pytest.mark.django_db

State = JobItem.State
HOUR = timedelta(hours=1)


def test_each_row_is_a_run_of_its_own_that_is_known_by_who_started_the_job(
    launches: Make, sandbox: Sandbox, actor: Actor
) -> None:
    job = launches("Ada", "Grace", "Joan")
    tasks.work_jobs()
    assert (is_over(job), states(job)) == (True, [State.DONE] * 3)
    assert customers(sandbox) == ["Ada", "Grace", "Joan"]
    for item in job.items.all():
        assert (connect().workflow_run(item.run_id).parameters or {})["customer"] == (
            item.parameters["customer"]
        )
        assert Run.objects.get(pk=item.run_id).launched_by == actor.user


def test_no_more_runs_live_together_than_were_asked_for(launches: Make, sandbox: Sandbox) -> None:
    job = launches(*"abcdefg", at_once=3)
    seen = []
    for _ in range(200):
        tasks.work_jobs()
        seen.append(len(connect().workflow_runs(page_size=1000, status=LIVE)))
        if is_over(job):
            break
        sandbox.advance(0.5)
        tasks.refresh_live()
    assert states(job) == [State.DONE] * 7
    assert max(seen) == 3


def test_a_run_that_ends_makes_room_without_waiting_for_the_beat(
    launches: Make, sandbox: Sandbox
) -> None:
    job = launches("Ada", "Grace", at_once=1)
    tasks.work_jobs()
    assert states(job) == [State.DONE, State.WAITING]
    sandbox.advance(60)
    tasks.refresh_live()
    assert states(job) == [State.DONE] * 2


def test_what_is_not_known_takes_up_room(launches: Make, sandbox: Sandbox) -> None:
    job = launches("Ada", "Grace", at_once=1)
    sandbox.fault("cut", path=POST)
    tasks.work_jobs()
    tasks.work_jobs()
    assert states(job) == [State.UNKNOWN, State.WAITING]


def test_what_was_refused_before_it_started_anything_is_sent_later(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    first = job.items.get().pk
    sandbox.fault("status", path=POST, code=503)
    tasks.work_jobs()
    item = job.items.get()
    assert (item.state, item.tries) == (State.WAITING, 1)
    assert "not available" in item.error
    assert item.pk != first
    tasks.work_jobs()
    assert starts(sandbox) == 1
    clock.shift(10)
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada"])


def test_what_is_always_refused_fails_after_a_quarter_of_an_hour_with_what_was_said(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller, actor: Actor
) -> None:
    job = launches("Ada", "Grace", run_with="agent", at_once=1)
    sandbox.fault("status", path=POST, code=503, times=MOST_TRIES)
    waits = []
    for _ in range(MOST_TRIES - 1):
        tasks.work_jobs()
        due = job.items.get(number=1).lease_until
        assert due is not None
        waits.append((due - timezone.now()).total_seconds())
        job.items.filter(number=2).update(lease_until=due + HOUR / 12)  # it waits, too
        clock.move_to(due)
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    tasks.work_jobs()
    failed = job.items.get(number=1)
    assert failed.state == State.FAILED
    assert failed.error.startswith("Given up after 8 tries. Skyvern is not available")
    clock.shift(HOUR)
    tasks.work_jobs()
    assert (is_over(job), states(job)) == (True, [State.FAILED, State.DONE])
    again = verbs.repeat_failed(job, actor=actor, nonce=uuid4())
    assert (again.kind, again.workflow, again.at_once) == (Job.Kind.LAUNCH, job.workflow, 1)
    assert again.options["request"] == {"run_with": "agent"}
    sandbox.advance(60)
    tasks.refresh_live()
    tasks.work_jobs()
    assert (is_over(again), customers(sandbox)) == (True, ["Ada", "Grace"])


def test_an_outage_uses_up_no_tries(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    later = timezone.now() + timedelta(seconds=30)
    Feed.objects.update_or_create(pk=API, defaults={"failures": 9, "due_at": later})
    for _ in range(2 * MOST_TRIES):
        tasks.work_jobs()
        clock.shift(60)
    item = job.items.get()
    assert (item.state, item.tries, starts(sandbox)) == (State.WAITING, 0, 0)


def test_a_refusal_is_told_and_can_be_repeated(
    launches: Make, sandbox: Sandbox, actor: Actor
) -> None:
    job = launches("Ada", "", "Grace")
    tasks.work_jobs()
    assert states(job) == [State.DONE, State.FAILED, State.DONE]
    assert "customer" in job.items.get(number=2).error
    again = verbs.repeat_failed(job, actor=actor, nonce=uuid4())
    assert [item.parameters for item in again.items.all()] == [{}]
    assert again.digest == job.digest


@pytest.mark.parametrize("move", [verbs.pause, verbs.abort])
def test_a_job_that_is_stopped_meanwhile_sends_nothing_again(
    launches: Make,
    sandbox: Sandbox,
    clock: time_machine.Traveller,
    actor: Actor,
    move: Callable[..., bool],
) -> None:
    job = launches("Ada", "Grace", at_once=1)
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    assert move(job, actor=actor)
    assert not is_over(job)
    search(clock)
    tasks.work_jobs()
    assert (states(job), starts(sandbox)) == ([State.WAITING] * 2, 1)
    assert is_over(job) is (move is verbs.abort)
    if verbs.resume(job, actor=actor):
        tasks.work_jobs()
        assert (states(job), customers(sandbox)) == ([State.DONE, State.WAITING], ["Ada"])


def test_what_is_found_after_an_abort_still_counts(
    launches: Make, sandbox: Sandbox, actor: Actor
) -> None:
    job = launches("Ada", "Grace", at_once=1)
    sandbox.fault("cut", path=POST)
    tasks.work_jobs()
    verbs.abort(job, actor=actor)
    tasks.settle_launches()
    tasks.work_jobs()
    assert (is_over(job), job.options["counts"]) == (True, {"done": 1, "waiting": 1})


def test_a_defect_of_ours_before_it_was_sent_is_no_unknown_run(
    launches: Make, sandbox: Sandbox
) -> None:
    job = launches("Ada", nonsense=1)
    with pytest.raises(TypeError):
        tasks.work_jobs()
    item = job.items.get()
    assert (item.state, item.error) == (State.FAILED, "TypeError in Skydeck; see its log.")
    assert starts(sandbox) == 0


def test_a_database_that_did_not_answer_is_no_unknown_run(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    job = launches("Ada")
    with monkeypatch.context() as patch:
        patch.setattr(Launch.objects, "get_or_create", locked)
        with pytest.raises(OperationalError):
            tasks.work_jobs()
    assert (states(job), job.items.get().tries) == ([State.WAITING], 1)
    clock.shift(10)
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada"])
