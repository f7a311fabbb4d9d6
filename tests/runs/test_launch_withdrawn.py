"""A launch that was interrupted before it was sent is withdrawn, and then nobody can send it.

What a killed worker had sent is looked for, what it had not is sent by the next.
"""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors, schema
from runs import tasks
from runs.actions.claim import carry_out, withdraw
from runs.models import Job, JobItem, Launch
from runs.tasks.jobs.lease import LEASE, claim
from tests.runs.launch_jobs import Make, customers, states
from tests.runs.lost import launch, settled, start

pytestmark = pytest.mark.django_db

State = JobItem.State


def test_a_launch_that_was_never_sent_surely_started_nothing(sandbox: Sandbox) -> None:
    start(sandbox, customer="Ada")
    old = timezone.now() - timedelta(seconds=70)
    claimed = Launch.State.CLAIMED
    made = launch(sandbox, created_at=old, state=claimed, is_sent=False, customer="Ada")
    assert settled(made) == (Launch.State.REJECTED, "")
    assert "nothing was started" in made.error
    noted = Activity.objects.get()
    assert (noted.verb, noted.result) == ("launched", Activity.Result.REJECTED)


def test_a_process_that_was_thought_dead_does_not_send_what_was_withdrawn(
    sandbox: Sandbox,
) -> None:
    made = launch(sandbox, state=Launch.State.CLAIMED, is_sent=False)
    stale = Launch.objects.get(pk=made.pk)
    assert withdraw(made.pk)
    with pytest.raises(errors.Unavailable, match="nothing was started"):
        carry_out(stale, lambda: pytest.fail("it was sent"), lambda _: None)
    assert not withdraw(made.pk)


def test_a_process_that_sleeps_too_long_before_it_sends_does_not_send(sandbox: Sandbox) -> None:
    old = timezone.now() - timedelta(seconds=31)
    made = launch(sandbox, created_at=old, state=Launch.State.CLAIMED, is_sent=False)
    with pytest.raises(errors.Unavailable):
        carry_out(made, lambda: pytest.fail("it was sent"), lambda _: None)
    made.refresh_from_db()
    assert made.was_withdrawn


def test_what_was_sent_cannot_be_withdrawn(sandbox: Sandbox) -> None:
    """Whichever comes first; the other finds that it may not."""
    made = launch(sandbox, state=Launch.State.CLAIMED, is_sent=False, customer="Ada")

    def post() -> schema.Run:
        assert not withdraw(made.pk)
        return connect().run(start(sandbox, customer="Ada"))

    carry_out(made, post, lambda _: None)
    assert made.state == Launch.State.LAUNCHED


def killed(job: Job, *, sent: bool) -> JobItem:
    """An item whose worker was killed, before or after the moment of sending."""
    item = claim(job)
    assert item is not None
    Launch.objects.create(
        nonce=item.pk,
        user=job.user,
        workflow_id=job.workflow_id or "",
        request={"parameters": item.parameters},
        sent_at=timezone.now() if sent else None,
    )
    return item


def test_what_a_killed_worker_had_not_sent_is_sent_as_soon_as_its_lease_is_over(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    item = killed(job, sent=False)
    tasks.work_jobs()
    assert states(job) == [State.WORKING]
    clock.shift(LEASE)
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada"])
    assert Launch.objects.get(pk=item.pk).was_withdrawn


def test_what_a_killed_worker_had_not_sent_is_sent_even_if_others_withdrew_it(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    killed(job, sent=False)
    clock.shift(2 * LEASE)
    tasks.settle_launches()
    tasks.work_jobs()
    assert (states(job), customers(sandbox)) == ([State.DONE], ["Ada"])


def test_what_a_killed_worker_had_sent_is_found(
    launches: Make, sandbox: Sandbox, clock: time_machine.Traveller
) -> None:
    job = launches("Ada")
    killed(job, sent=True)
    run_id = start(sandbox, customer="Ada")
    clock.shift(2 * LEASE)
    tasks.work_jobs()
    assert states(job) == [State.UNKNOWN]
    tasks.settle_launches()
    tasks.work_jobs()
    assert (states(job), job.items.get().run_id) == ([State.DONE], run_id)
    assert customers(sandbox) == ["Ada"]
