"""All that is told on the page of a run of what people did to it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from dashboard.audit import Actor, record
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import actions, annals, tasks
from runs.actions.jobs import create_for_runs, create_launches
from runs.models import Job, JobItem, Launch, Run, Workflow
from tests.conftest import Browse
from tests.runs.annotating import looked_at, page
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    return looked_at(play)


@pytest.fixture
def maria(person: Callable[[str], User]) -> Actor:
    user = person("team_admin")
    user.username = "maria"
    user.save()
    return Actor(user, "maria")


def told(run: Run) -> list[tuple[str, str, str]]:
    """(who, what they did, where the link leads), newest first."""
    launch = Launch.objects.select_related("user").filter(run_id=run.pk).first()
    return [(event.who, event.verb, event.link) for event in annals.of_run(run, launch)]


def test_a_run_that_nobody_touched_from_here_says_so(run: Run, browse: Browse) -> None:
    assert told(run) == []
    assert "Nobody has done anything to this run from here." in page(browse("support"), run)


@pytest.mark.usefixtures("run")
def test_launch_and_cancel_are_told_with_who_did_it(
    maria: Actor, sandbox: Sandbox, browse: Browse
) -> None:
    wpid = sandbox.agents["Slow crawl"]
    workflow = Workflow.objects.get(pk=wpid)
    entry = actions.launch(workflow, RunRequest(workflow_id=wpid), nonce=uuid4(), actor=maria)
    launched = Run.objects.get(pk=entry.run_id)
    actions.cancel(launched, actor=maria)
    launched.refresh_from_db()
    with pytest.raises(errors.Rejected):
        actions.cancel(launched, actor=maria)
    assert told(launched) == [
        ("maria", "cancelled it", ""),
        ("maria", "cancelled it", ""),
        ("maria", "launched it", ""),
    ]
    refused, done, _ = annals.of_run(launched, entry)
    assert (refused.result, done.result) == ("Refused", "")
    assert "already over" in refused.detail
    html = page(browse("support"), launched)
    assert "<strong>maria</strong> cancelled it" in html
    assert '<span class="chip">Refused</span>' in html
    assert "already over" in html


def test_a_retry_and_its_original_lead_to_each_other(
    run: Run, maria: Actor, browse: Browse
) -> None:
    new = actions.retry(run, actor=maria, nonce=uuid4())
    assert told(run) == [("maria", "retried it as", new.get_absolute_url())]
    assert told(new) == [("maria", "started it as a retry of", run.get_absolute_url())]
    client = browse("support")
    assert f'retried it as <a href="{new.get_absolute_url()}">{new.pk}</a>' in page(client, run)
    assert f'retry of <a href="{run.get_absolute_url()}">{run.pk}</a>' in page(client, new)


def test_a_retry_that_only_skyvern_knows_of_is_told_without_a_person(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(retried_from_id="wr_0")
    run.refresh_from_db()
    assert told(run) == [("", "It is a retry of", "/runs/wr_0/")]


def test_a_retry_that_was_refused_is_told_too(play: Play, maria: Actor) -> None:
    live = play("Slow crawl", seconds=1)
    with pytest.raises(errors.Rejected):
        actions.retry(live, actor=maria, nonce=uuid4())
    (event,) = annals.of_run(live, None)
    assert (event.verb, event.result) == ("retried it", "Refused")


def test_every_other_act_is_told_in_words(run: Run, maria: Actor) -> None:
    for verb in ("tagged", "continued", "replayed the webhook of", "deleted a note on", "polished"):
        record(maria, verb, run, detail=f"How it was {verb}.")
    record(maria, "wrote a note on", run)
    assert [verb for _, verb, _ in told(run)] == [
        "polished it",
        "deleted a note on it",
        "had its webhook sent again",
        "let it go on",
        "changed its tags",
    ]


def test_acts_on_other_things_are_not_told(run: Run, play: Play, maria: Actor) -> None:
    record(maria, "cancelled", play("Price feed"))
    record(maria, "launched", Launch(pk=uuid4()))
    Activity.objects.create(verb="aborted", target_type="job", target_id=run.pk)
    assert told(run) == []


def test_a_job_that_acted_on_a_run_is_linked(play: Play, maria: Actor, browse: Browse) -> None:
    run = play("Slow crawl", seconds=1)
    job = create_for_runs(Job.Kind.CANCEL, [run.run_id], actor=maria)
    put = ("maria", "put it into the job", job.get_absolute_url())
    assert told(run)[-1] == put
    tasks.work_jobs()
    assert told(run) == [("maria", "cancelled it", ""), put]
    html = page(browse("support"), run)
    assert f'put it into the job <a href="{job.get_absolute_url()}">{job}</a>' in html
    assert run.get_absolute_url() in browse("operator").get(job.get_absolute_url()).text


def test_what_came_of_a_jobs_item_is_told_unless_it_is_simply_done(run: Run, maria: Actor) -> None:
    job = Job.objects.create(kind="cancel", user=None, state="paused", options={"by": "x"})
    item = JobItem.objects.create(job=job, number=1, run_id=run.pk, state="failed", error="No.")
    (event,) = annals.of_run(run, None)
    assert (event.who, event.result, event.detail) == ("Someone", "Failed", "No.")
    JobItem.objects.filter(pk=item.pk).update(state="waiting", error="")
    Job.objects.update(state="aborted")
    (event,) = annals.of_run(run, None)
    assert event.result == "Not done"
    JobItem.objects.update(state="done")
    (event,) = annals.of_run(run, None)
    assert event.result == ""


def test_jobs_that_launched_and_retried_are_found_by_their_nonce(run: Run, maria: Actor) -> None:
    assert run.workflow
    launching = create_launches(
        run.workflow, [{}], request={}, at_once=1, digest="0" * 64, actor=maria
    )
    retrying = create_for_runs(Job.Kind.RETRY, [run.run_id], actor=maria)
    tasks.work_jobs()
    launched, retry = (
        Run.objects.get(pk=Launch.objects.get(pk=job.items.get().pk).run_id)
        for job in (launching, retrying)
    )
    by = launching.get_absolute_url(), retrying.get_absolute_url()
    assert told(launched) == [
        ("maria", "launched it", ""),
        ("maria", "started it with the job", by[0]),
    ]
    assert told(retry) == [
        ("maria", "started it as a retry of", run.get_absolute_url()),
        ("maria", "started it with the job", by[1]),
    ]
    assert told(run) == [
        ("maria", "retried it as", retry.get_absolute_url()),
        ("maria", "put it into the job", by[1]),
    ]


def test_however_much_happened_it_costs_the_same_and_fifty_are_told(
    run: Run, maria: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert run.workflow
    new = actions.retry(run, actor=maria, nonce=uuid4())
    launch = Launch.objects.select_related("user").get(run_id=new.pk)
    for number in range(60):
        record(maria, "tagged", new, detail=f"Added t{number}.")
        Launch.objects.create(
            user=maria.user,
            workflow=run.workflow,
            request={"retry_of": new.pk},
            run_id=f"wr_{number}",
        )
        create_for_runs(Job.Kind.TAG, [new.pk], actor=maria, options={"add": [], "remove": []})
    with django_assert_max_num_queries(4):
        events = annals.of_run(new, launch)
    assert len(events) == 50
    times = [event.at for event in events]
    assert times == sorted(times, reverse=True)
    assert {event.icon for event in events} == {"tag", "rotate-ccw", "list-checks"}
