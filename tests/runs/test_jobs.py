"""Jobs: each item is done once and told of, whatever happens to workers and API meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.audit import Actor
from dashboard.feeds import API
from dashboard.models import Activity, Feed
from dashboard.sandbox import Sandbox
from runs import tasks
from runs.actions import jobs as verbs
from runs.models import Job, JobItem, Launch, Run, Workflow
from runs.tasks.jobs.filling import collect
from runs.tasks.jobs.lease import MOST_AT_WORK, claim
from runs.tasks.jobs.verbs import carry_out
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db

State = JobItem.State


@pytest.fixture
def actor(person: Callable[[str], User]) -> Actor:
    return Actor(person("operator"), "operator", "10.0.0.1")


@pytest.fixture
def live(play: Play) -> Callable[[int], list[Run]]:
    """`live(3)`: runs that go on, newest first."""

    def begin(count: int) -> list[Run]:
        for _ in range(count):
            play("Slow crawl", seconds=1)
        return list(Run.objects.live().newest())

    return begin


def ids(runs: list[Run]) -> list[str]:
    return [run.run_id for run in runs]


def states(job: Job) -> list[str]:
    return list(job.items.order_by("number").values_list("state", flat=True))


def cancels(sandbox: Sandbox) -> int:
    return sum(path.endswith("/cancel") for _, path in sandbox.calls)


def test_every_run_of_a_job_is_canceled_and_the_job_is_done(
    live: Callable[[int], list[Run]], actor: Actor
) -> None:
    runs = live(3)
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(runs), actor=actor)
    tasks.work_jobs()
    job.refresh_from_db()
    assert (job.state, states(job)) == (Job.State.DONE, [State.DONE] * 3)
    assert set(Run.objects.values_list("status", flat=True)) == {"canceled"}
    told = list(Activity.objects.order_by("pk").values_list("verb", "actor_name", "address"))
    assert told[0] == ("started", "operator", "10.0.0.1")
    assert told[1:-1] == [("cancelled", "operator", "10.0.0.1")] * 3
    assert told[-1][0] == "ended"
    assert Activity.objects.get(verb="ended").detail == "3 done."


def test_one_that_fails_says_why_and_does_not_keep_the_others(
    live: Callable[[int], list[Run]], play: Play, actor: Actor
) -> None:
    over, (going,) = play("Price feed"), live(1)
    job = verbs.create_for_runs(
        Job.Kind.CANCEL, [over.run_id, "wr_none", going.run_id], actor=actor
    )
    tasks.work_jobs()
    assert states(job) == [State.FAILED, State.FAILED, State.DONE]
    errors = list(job.items.order_by("number").values_list("error", flat=True))
    assert "already over" in errors[0]
    assert "no such run" in errors[1]
    assert Activity.objects.get(verb="ended").detail == "1 done, 2 failed."


def test_the_same_nonce_is_the_same_job(live: Callable[[int], list[Run]], actor: Actor) -> None:
    runs, nonce = live(1), uuid4()
    first = verbs.create_for_runs(Job.Kind.CANCEL, ids(runs), actor=actor, nonce=nonce)
    second = verbs.create_for_runs(Job.Kind.CANCEL, ids(runs), actor=actor, nonce=nonce)
    assert first == second
    assert JobItem.objects.count() == 1
    assert Activity.objects.filter(verb="started").count() == 1


def test_no_more_items_are_at_work_than_allowed(
    live: Callable[[int], list[Run]], actor: Actor
) -> None:
    run = live(1)[0]
    many = [run.run_id, *(f"wr_{n}" for n in range(2 * MOST_AT_WORK))]
    job = verbs.create_for_runs(Job.Kind.CANCEL, many, actor=actor)
    taken = [claim(job) for _ in many]
    assert sum(item is not None for item in taken) == MOST_AT_WORK


def test_what_a_killed_worker_had_is_done_again_after_its_lease(
    live: Callable[[int], list[Run]], actor: Actor, sandbox: Sandbox
) -> None:
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(live(2)), actor=actor)
    assert claim(job) is not None
    tasks.work_jobs()
    assert states(job) == [State.WORKING, State.DONE]
    JobItem.objects.filter(state=State.WORKING).update(lease_until=timezone.now())
    tasks.work_jobs()
    assert states(job) == [State.DONE, State.DONE]
    assert cancels(sandbox) == 2


def test_a_run_that_was_canceled_before_its_worker_was_killed_is_not_canceled_twice(
    live: Callable[[int], list[Run]], actor: Actor, sandbox: Sandbox
) -> None:
    runs = live(1)
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(runs), actor=actor)
    Run.objects.update(status="canceled", phase=Run.Phase.CANCELED)
    tasks.work_jobs()
    assert states(job) == [State.DONE]
    assert cancels(sandbox) == 0


def test_while_the_api_is_down_items_wait_and_go_on_by_themselves(
    live: Callable[[int], list[Run]], actor: Actor, sandbox: Sandbox
) -> None:
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(live(3)), actor=actor)
    sandbox.fault("status", code=503, times=None)
    tasks.work_jobs()
    assert states(job) == [State.WAITING] * 3
    item = job.items.get(number=1)
    assert item.error
    assert item.lease_until is not None
    assert item.lease_until > timezone.now()
    sandbox.heal()
    JobItem.objects.update(lease_until=None)
    tasks.work_jobs()
    assert states(job) == [State.DONE] * 3
    assert not JobItem.objects.exclude(error="").exists()


def test_nothing_is_sent_while_the_circuit_is_open(
    live: Callable[[int], list[Run]], actor: Actor, sandbox: Sandbox
) -> None:
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(live(1)), actor=actor)
    later = timezone.now() + timedelta(seconds=30)
    Feed.objects.update_or_create(pk=API, defaults={"failures": 9, "due_at": later})
    before = len(sandbox.calls)
    tasks.work_jobs()
    assert (states(job), len(sandbox.calls)) == ([State.WAITING], before)


def test_a_paused_job_rests_and_resumes(live: Callable[[int], list[Run]], actor: Actor) -> None:
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(live(2)), actor=actor)
    assert verbs.pause(job, actor=actor)
    assert not verbs.pause(job, actor=actor)
    tasks.work_jobs()
    assert states(job) == [State.WAITING] * 2
    assert verbs.resume(job, actor=actor)
    tasks.work_jobs()
    assert states(job) == [State.DONE] * 2
    assert not verbs.abort(job, actor=actor)


def test_an_aborted_job_ends_what_is_at_work_and_leaves_the_rest(
    live: Callable[[int], list[Run]], actor: Actor
) -> None:
    job = verbs.create_for_runs(Job.Kind.CANCEL, ids(live(2)), actor=actor)
    item = claim(job)
    assert item is not None
    verbs.abort(job, actor=actor)
    tasks.work_jobs()
    job.refresh_from_db()
    assert job.ended_at is None
    carry_out(job, item)
    tasks.work_jobs()
    job.refresh_from_db()
    assert (job.state, states(job)) == (Job.State.ABORTED, [State.DONE, State.WAITING])
    assert job.options["counts"] == {"done": 1, "waiting": 1}


def test_a_frozen_filter_holds_no_run_that_begins_later(
    live: Callable[[int], list[Run]], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runs.tasks.jobs.filling.CHUNK", 2)
    first = live(3)
    below = first[0].place + 1
    job = verbs.create_for_filter(Job.Kind.CANCEL, "status=live", below=below, actor=actor)
    (later,) = set(live(1)) - set(first)
    verbs.pause(job, actor=actor)
    verbs.resume(job, actor=actor)
    tasks.work_jobs()
    assert list(job.items.order_by("number").values_list("run_id", flat=True)) == ids(first)
    later.refresh_from_db()
    assert later.is_live


def test_two_workers_do_not_collect_the_same_runs(
    live: Callable[[int], list[Run]], actor: Actor
) -> None:
    below = live(2)[0].place + 1
    job = verbs.create_for_filter(Job.Kind.CANCEL, "", below=below, actor=actor)
    stale = Job.objects.get(pk=job.pk)
    assert collect(job)
    assert not collect(stale)
    assert job.items.count() == 2


def test_a_retry_whose_answer_was_cut_off_is_found_and_not_sent_again(
    play: Play, actor: Actor, sandbox: Sandbox
) -> None:
    run = play("Price feed")
    job = verbs.create_for_runs(Job.Kind.RETRY, [run.run_id], actor=actor)
    sandbox.fault("cut", path="/retry")
    tasks.work_jobs()
    assert states(job) == [State.UNKNOWN]
    Launch.objects.update(created_at=timezone.now() + timedelta(seconds=60))  # as the sandbox's
    tasks.settle_launches()
    tasks.work_jobs()
    assert states(job) == [State.DONE]
    assert sum(path.endswith("/retry") for _, path in sandbox.calls) == 1
    item = job.items.get()
    assert Launch.objects.get(pk=item.pk).run_id != item.run_id == run.run_id


def test_failed_items_make_a_new_job(play: Play, actor: Actor) -> None:
    over = play("Price feed")
    job = verbs.create_for_runs(Job.Kind.CANCEL, [over.run_id], actor=actor)
    tasks.work_jobs()
    again = verbs.repeat_failed(job, actor=actor, nonce=uuid4())
    assert (again.kind, again.items.get().run_id) == (Job.Kind.CANCEL, over.run_id)
    assert again.options == {"by": "operator", "from": "10.0.0.1"}


def test_runs_are_tagged(live: Callable[[int], list[Run]], actor: Actor) -> None:
    options = {"add": ["team:sales"], "remove": []}
    job = verbs.create_for_runs(Job.Kind.TAG, ids(live(2)), actor=actor, options=options)
    tasks.work_jobs()
    assert states(job) == [State.DONE] * 2
    assert {tag.label for run in Run.objects.all() for tag in run.tags.all()} == {"team:sales"}


def test_a_job_that_is_long_over_costs_one_query(
    live: Callable[[int], list[Run]], actor: Actor, django_assert_num_queries: Callable[..., object]
) -> None:
    verbs.create_for_runs(Job.Kind.CANCEL, ids(live(1)), actor=actor)
    tasks.work_jobs()
    with django_assert_num_queries(1):  # type: ignore[attr-defined] # pytest-django's fixture
        tasks.work_jobs()


def test_a_job_refuses_to_keep_the_secrets_of_headers(
    agents: dict[str, Workflow], actor: Actor
) -> None:
    with pytest.raises(ValueError, match="extra_http_headers"):
        verbs.create_launches(
            agents["Price feed"],
            [{}],
            request={"extra_http_headers": {"a": "b"}},
            at_once=1,
            digest="",
            actor=actor,
        )
