"""Rows whose answer never came: found, or proven absent and sent again, or left not known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from dashboard.audit import Actor
from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import actions, tasks
from runs.actions import jobs as verbs
from runs.models import Job, JobItem, Launch, Run, Workflow
from runs.tasks.jobs.lease import LEASE, MOST_TRIES
from runs.tasks.jobs.unknown import APART
from runs.tasks.launches import AFTER, MOST_CANDIDATES, NOT_FOUND
from tests.runs.launch_jobs import POST, Make, customers, is_over, search, states, upstream
from tests.runs.launching import starts
from tests.runs.lost import AGENT, start

pytestmark = pytest.mark.django_db

State = JobItem.State
HOUR = timedelta(hours=1)


def test_a_run_whose_answer_never_came_is_found(
    launches: Make, sandbox: Sandbox, actor: Actor
) -> None:
    job = launches("Ada", "Grace")
    sandbox.fault("cut", path=POST)
    tasks.work_jobs()
    assert states(job) == [State.UNKNOWN, State.DONE]
    assert "being looked for" in job.items.get(number=1).error
    tasks.settle_launches()
    tasks.work_jobs()
    assert (is_over(job), states(job)) == (True, [State.DONE] * 2)
    assert (starts(sandbox), customers(sandbox)) == (2, ["Ada", "Grace"])
    found = job.items.get(number=1)
    assert found.error == ""
    assert Run.objects.get(pk=found.run_id).launched_by == actor.user


def test_one_that_never_arrived_is_sent_again_once_under_another_nonce(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    first = job.items.get()
    search(clock)
    assert (first.state, starts(sandbox)) == (State.UNKNOWN, 1)
    for _ in range(3):
        tasks.work_jobs()
    assert states(job) == [State.DONE]
    assert (starts(sandbox), customers(sandbox)) == (2, ["Ada"])
    lost = Launch.objects.get(pk=first.pk)
    assert (lost.state, lost.run_id) == (Launch.State.REJECTED, "")
    assert "never reached Skyvern" in lost.error
    again = Launch.objects.exclude(pk=first.pk).get()
    assert again.pk == job.items.get().pk


@pytest.mark.parametrize("passed", [timedelta(0), timedelta(seconds=60), AFTER - LEASE])
def test_one_is_not_sent_again_while_it_could_still_arrive(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller, passed: timedelta
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    for wait in (passed, APART, APART):
        clock.shift(wait)
        tasks.settle_launches()
        tasks.work_jobs()
    assert (states(job), starts(sandbox)) == ([State.UNKNOWN], 1)


def test_a_run_that_a_server_makes_late_is_not_doubled(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    """As one that was frozen for half an hour and then goes through all that waited."""
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    clock.shift(HOUR / 2)
    tasks.settle_launches()
    tasks.work_jobs()
    start(sandbox, customer="Ada")
    clock.shift(APART)
    tasks.work_jobs()
    assert (states(job), job.items.get().error) == ([State.UNKNOWN], NOT_FOUND)
    assert customers(sandbox) == ["Ada"]


def test_one_is_not_sent_again_while_another_like_it_is_on_its_way(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    search(clock)
    sending = Launch.objects.create(
        workflow_id=sandbox.agents[AGENT],
        request={"parameters": {"customer": "Ada"}},
        sent_at=timezone.now(),
    )
    run_id = start(sandbox, customer="Ada")
    tasks.work_jobs()
    assert states(job) == [State.UNKNOWN]
    Launch.objects.filter(pk=sending.pk).update(state=Launch.State.LAUNCHED, run_id=run_id)
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada", "Ada"])


def test_of_equal_rows_each_is_a_run_of_its_own(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    """One did not arrive, one did and its answer not: nobody can tell which, and it is the same."""
    jobs = []
    for fault in ("drop", "cut"):
        jobs.append(launches("Ada", "Ada"))
        sandbox.fault(fault, path=POST)
        tasks.work_jobs()
    search(clock)
    for _ in range(3):
        tasks.work_jobs()
    assert [(is_over(job), states(job)) for job in jobs] == [(True, [State.DONE] * 2)] * 2
    ids = set(JobItem.objects.values_list("run_id", flat=True))
    assert len(ids) == len(upstream(sandbox)) == 4


def many_others(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    for number in range(MOST_CANDIDATES + 1):
        start(sandbox, customer=f"other {number}")


def more_pages_than_are_read(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    start(sandbox, customer="other")
    patch.setattr("runs.tasks.launches.MOST_PAGES", 1)


def one_that_cannot_be_compared(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    run_id = start(sandbox, customer="other")
    sandbox.fault("status", path=f"/v1/workflows/runs/{run_id}", code=404, times=None)


def one_by_another_clock(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Alike, and created too late to be taken for it."""
    start(sandbox, customer="Ada")


@pytest.mark.parametrize(
    "others",
    [many_others, more_pages_than_are_read, one_that_cannot_be_compared, one_by_another_clock],
)
def test_where_absence_cannot_be_proven_it_stays_not_known(
    launches: Make,
    sandbox: Sandbox,
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
    others: Callable[[Sandbox, pytest.MonkeyPatch], None],
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    search(clock)
    others(sandbox, monkeypatch)
    before = starts(sandbox)
    for _ in range(3):
        tasks.work_jobs()
        clock.shift(HOUR)
        tasks.settle_launches()
    item = job.items.get()
    assert (item.state, item.error, item.lease_until) == (State.UNKNOWN, NOT_FOUND, None)
    assert (is_over(job), starts(sandbox)) == (True, before)


def test_while_skyvern_does_not_answer_it_is_neither_given_up_nor_sent_again(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    search(clock)
    sandbox.fault("status", code=503, times=None)
    for _ in range(5):
        tasks.work_jobs()
        clock.shift(60)
    assert (states(job), starts(sandbox)) == ([State.UNKNOWN], 1)
    assert job.items.get().lease_until is not None
    sandbox.heal()
    clock.shift(60)
    tasks.refresh_newest()  # which finds that it answers again
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada"])


def test_a_retry_is_never_sent_again(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller, actor: Actor
) -> None:
    launches("Ada")
    tasks.work_jobs()
    sandbox.advance(60)
    tasks.refresh_live()
    job = verbs.create_for_runs(Job.Kind.RETRY, [Run.objects.get().pk], actor=actor)
    sandbox.fault("drop", path="/retry")
    tasks.work_jobs()
    search(clock)
    tasks.work_jobs()
    assert (is_over(job), states(job), len(upstream(sandbox))) == (True, [State.UNKNOWN], 1)


def test_what_surely_starts_nothing_whenever_it_is_sent_fails_too(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    """Behind a 500 the run may have begun, so that it is looked for after every try."""
    job = launches("Ada")
    sandbox.fault("status", path=POST, code=500, times=None)
    tasks.work_jobs()
    for _ in range(MOST_TRIES):
        search(clock)
        tasks.work_jobs()
    assert states(job) == [State.FAILED]
    assert job.items.get().error.startswith("Given up after 8 tries. Skyvern has a problem (500)")
    assert (starts(sandbox), upstream(sandbox)) == (MOST_TRIES, [])
    assert not Launch.objects.exclude(state=Launch.State.REJECTED).exists()


def test_a_guess_that_was_wrong_is_taken_back_from_a_job_that_had_ended(
    launches: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, actor: Actor
) -> None:
    job = launches("Ada")
    sandbox.fault("drop", path=POST)
    tasks.work_jobs()
    run_id = start(sandbox, customer="Ada")
    tasks.settle_launches()
    tasks.work_jobs()
    assert (is_over(job), job.items.get().run_id) == (True, run_id)
    answer = connect().run(run_id)
    monkeypatch.setattr("dashboard.skyvern.Skyvern.start", lambda *_: answer)
    request = schema.RunRequest(workflow_id=sandbox.agents[AGENT], parameters={"customer": "Ada"})
    agent = Workflow.objects.get(pk=request.workflow_id)
    actions.launch(agent, request, nonce=uuid4(), actor=actor)
    tasks.work_jobs()
    item = job.items.get()
    assert (is_over(job), job.state) == (False, Job.State.RUNNING)
    assert (item.state, item.run_id) == (State.UNKNOWN, "")
