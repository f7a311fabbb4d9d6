"""Cancel, retry, continue, replay: once, mirrored at once, recorded, and said plainly."""

from collections.abc import Callable
from uuid import uuid4, uuid5

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.urls import reverse

from dashboard.audit import SYSTEM, Actor
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from runs import actions
from runs.models import Launch, Run
from runs.tasks import refresh_run
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


def posts(sandbox: Sandbox) -> list[str]:
    return [path for method, path in sandbox.calls if method == "POST"]


def last() -> Activity:
    return Activity.objects.all()[0]


def test_a_cancelled_run_is_canceled_here_at_once(play: Play) -> None:
    run = play("Slow crawl", seconds=5)
    actions.cancel(run, actor=SYSTEM)
    run.refresh_from_db()
    assert (run.status, run.phase) == ("canceled", "canceled")
    assert (last().verb, last().result, last().target_id) == ("cancelled", "ok", run.run_id)


def test_a_run_that_is_over_is_not_cancelled_again(play: Play, sandbox: Sandbox) -> None:
    run = play("Price feed")
    before = posts(sandbox)
    with pytest.raises(errors.Rejected, match="already over"):
        actions.cancel(run, actor=SYSTEM)
    assert posts(sandbox) == before
    assert last().result == "rejected"


def test_a_cancel_that_may_have_happened_is_recorded_as_unknown(
    play: Play, sandbox: Sandbox
) -> None:
    run = play("Slow crawl", seconds=5)
    sandbox.fault("drop", path="/cancel")
    with pytest.raises(errors.Unknown):
        actions.cancel(run, actor=SYSTEM)
    assert last().result == "unknown"


def test_a_cancel_counts_even_if_its_effect_cannot_be_read(play: Play, sandbox: Sandbox) -> None:
    run = play("Slow crawl", seconds=5)
    sandbox.fault("status", path=f"/v1/runs/{run.run_id}", code=404, times=2)
    with pytest.raises(errors.NotFound):
        actions.cancel(run, actor=SYSTEM)
    assert last().result == "rejected"
    with pytest.raises(errors.NotFound):
        actions.cancel(run, actor=SYSTEM)
    actions.cancel(run, actor=SYSTEM)
    assert last().result == "ok"


def test_a_retry_is_a_new_run_that_knows_where_it_comes_from(play: Play, browse: Browse) -> None:
    run = play("Credential check")
    nonce = uuid4()
    new = actions.retry(run, actor=SYSTEM, nonce=nonce)
    assert new.run_id != run.run_id
    assert new.is_live
    assert Launch.objects.get(pk=nonce).run_id == new.run_id
    assert last().detail == f"As {new.run_id}."
    client = browse("support")
    assert run.get_absolute_url() in client.get(new.get_absolute_url()).text
    assert new.get_absolute_url() in client.get(run.get_absolute_url()).text


def test_pressing_retry_twice_gives_one_run(play: Play, sandbox: Sandbox, browse: Browse) -> None:
    run = play("Credential check")
    url, form = reverse("runs:run_retry", args=[run.run_id]), {"nonce": str(uuid4())}
    client = browse("operator")
    first, second = client.post(url, form), client.post(url, form)
    assert first["Location"] == second["Location"] != run.get_absolute_url()
    assert sum(path.endswith("/retry") for path in posts(sandbox)) == 1


def test_a_retry_whose_answer_was_lost_is_not_sent_again(
    play: Play, sandbox: Sandbox, browse: Browse
) -> None:
    run = play("Credential check")
    url, nonce = reverse("runs:run_retry", args=[run.run_id]), uuid4()
    client = browse("operator")
    sandbox.fault("drop", path="/retry")
    answer = client.post(url, {"nonce": str(nonce)})
    own = uuid5(nonce, run.run_id)
    assert answer["Location"] == reverse("runs:launch_state", args=[own])
    assert Launch.objects.get(pk=own).state == "unknown"
    assert last().result == "unknown"
    client.post(url, {"nonce": str(nonce)})
    assert sum(path.endswith("/retry") for path in posts(sandbox)) == 1


def test_a_refused_retry_says_why_and_stays_on_its_page(
    play: Play, sandbox: Sandbox, browse: Browse
) -> None:
    run = play("Credential check")
    sandbox.fault("status", path="/retry", code=400)
    here = "/runs/?status=failed"
    url = reverse("runs:run_retry", args=[run.run_id])
    answer = browse("operator").post(url, {"nonce": str(uuid4()), "next": here})
    assert answer["Location"] == here
    assert "was not retried" in said(answer)


def test_a_live_run_and_a_single_task_cannot_be_retried(play: Play, sandbox: Sandbox) -> None:
    run = play("Slow crawl", seconds=5)
    task = Run(run_id="tsk_1", phase="completed", status="completed")
    for one in (run, task):
        with pytest.raises(errors.Rejected):
            actions.retry(one, actor=SYSTEM, nonce=uuid4())
    assert not any(path.endswith("/retry") for path in posts(sandbox))


def test_a_form_without_a_nonce_retries_nothing(
    play: Play, sandbox: Sandbox, browse: Browse
) -> None:
    run = play("Credential check")
    browse("operator").post(reverse("runs:run_retry", args=[run.run_id]), {"nonce": "x"})
    assert not any(path.endswith("/retry") for path in posts(sandbox))


def test_a_paused_run_goes_on_when_a_person_says_so(
    play: Play, browse: Browse, sandbox: Sandbox
) -> None:
    run = play("Approve a refund", seconds=20)
    assert run.status == "paused"
    answer = browse("operator").post(reverse("runs:run_resume", args=[run.run_id]))
    assert "goes on" in said(answer)
    sandbox.advance(1)
    refresh_run(run.run_id)
    run.refresh_from_db()
    assert run.status == "running"


def test_a_run_that_waits_for_no_one_is_not_continued(play: Play) -> None:
    with pytest.raises(errors.Rejected, match="not waiting"):
        actions.resume(play("Slow crawl", seconds=5), actor=SYSTEM)


def test_a_webhook_without_an_address_is_refused_in_upstreams_words(
    play: Play, browse: Browse
) -> None:
    run = play("Price feed")
    answer = browse("operator").post(reverse("runs:run_replay_webhook", args=[run.run_id]))
    assert "No webhook URL" in said(answer)
    assert last().result == "rejected"


def test_the_webhook_of_a_live_run_is_not_replayed(play: Play) -> None:
    with pytest.raises(errors.Rejected, match="not over yet"):
        actions.replay_webhook(play("Slow crawl", seconds=5), actor=SYSTEM)


@pytest.mark.parametrize("verb", ["cancel", "retry", "resume", "replay_webhook"])
def test_support_may_look_but_not_act(
    play: Play, browse: Browse, sandbox: Sandbox, verb: str
) -> None:
    run = play("Slow crawl", seconds=5)
    before = posts(sandbox)
    url = reverse(f"runs:run_{verb}", args=[run.run_id])
    assert browse("support").post(url).status_code == 403
    assert browse("operator").get(url).status_code == 405
    assert posts(sandbox) == before


def test_one_goes_back_only_to_a_page_of_ours(play: Play, browse: Browse) -> None:
    run = play("Slow crawl", seconds=5)
    url = reverse("runs:run_cancel", args=[run.run_id])
    client = browse("operator")
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"):
        assert client.post(url, {"next": elsewhere})["Location"] == run.get_absolute_url()


def test_who_acted_is_recorded(play: Play, person: Callable[[str], User]) -> None:
    user = person("operator")
    actions.cancel(play("Slow crawl", seconds=5), actor=Actor(user, "operator", "192.0.2.7"))
    assert (last().actor, last().address) == (user, "192.0.2.7")


def said(answer: object) -> str:
    request = answer.wsgi_request  # type: ignore[attr-defined]
    return " ".join(str(message) for message in get_messages(request))


@pytest.mark.parametrize("verb", ["cancel", "retry", "resume", "webhook"])
def test_an_address_with_a_nul_is_not_there(browse: Browse, verb: str) -> None:
    assert browse("operator").post(f"/runs/wr_%00/{verb}/").status_code == 404


def test_a_refusal_names_the_permission_that_is_missing(browse: Browse, play: Play) -> None:
    run = play("Price feed")
    answer = browse("support").post(reverse("runs:run_cancel", args=[run.run_id]))
    assert answer.status_code == 403
    assert "Can cancel runs" in answer.text
