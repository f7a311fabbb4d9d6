"""One run's page in every state a run can be in."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard import feeds
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs.models import Artifact, Launch, Run, RunDetail, Workflow
from runs.tasks import refresh_run
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TABS = ("steps", "output", "inputs", "files", "notes", "raw")


def page(client: Client, run: Run, **query: str) -> str:
    answer = client.get(run.get_absolute_url(), query)
    assert answer.status_code == 200
    return answer.text


def made(**more: Any) -> Run:
    now = timezone.now()
    columns = {"status": "completed", "phase": "completed", "title": "Gone", **more}
    return Run.objects.create(run_id="wr_1", created_at=now, seen_at=now, changed_at=now, **columns)


def test_a_finished_run_shows_steps_screenshots_and_recording_at_once(
    browse: Browse, play: Play
) -> None:
    run = play("Invoice download")
    html = page(browse("support"), run)
    assert "sign_in" in html
    assert "Input text" in html
    assert html.count("data-shot") > 3
    assert re.search(r'<video src="/artifacts/[^"]+/" controls preload="metadata"', html)
    assert "invoices-2026-10.csv" in page(browse("operator"), run, tab="files")


def test_the_failure_comes_first_with_its_block_and_what_was_on_screen(
    browse: Browse, play: Play
) -> None:
    html = page(browse("support"), play("Credential check"))
    assert "The portal answered “User name or password is wrong”" in html
    assert "Auth failure" in html
    assert "90 %" in html
    assert "LOGIN_FAILED" in html
    assert re.search(r'class="where"><a href="\?step=[^"]+" data-step>sign_in', html)
    assert 'class="failure-shot"' in html


def test_a_run_is_offered_again_with_edits_to_who_may_launch(browse: Browse, play: Play) -> None:
    run = play("Price feed")
    offer = f'href="/agents/{run.workflow_id}/launch/?from={run.run_id}"'
    operator = browse("operator")
    assert offer in page(operator, run)
    assert offer not in page(browse("support"), run)
    Workflow.objects.update(deleted_at=timezone.now())
    assert offer not in page(operator, run)


def test_a_loop_is_told_item_by_item(browse: Browse, play: Play) -> None:
    html = page(browse("support"), play("Loop over pages"))
    assert html.index("Item 1") < html.index("berlin") < html.index("Item 2") < html.index("wien")


def test_a_step_is_chosen_by_its_url(browse: Browse, play: Play) -> None:
    run = play("Invoice download")
    client = browse("support")
    keys = re.findall(r'step-line" href="\?step=([^"]+)" data-step', page(client, run))
    html = page(client, run, step=keys[-1])
    assert re.search(rf'step={re.escape(keys[-1])}" data-step [^>]+ aria-current="true"', html)
    assert page(client, run, step="no such step")


@pytest.mark.parametrize("tab", TABS)
def test_hostile_text_is_only_ever_text(browse: Browse, play: Play, odd: str, tab: str) -> None:
    html = page(browse("superuser"), play(odd), tab=tab)
    assert "&lt;script&gt;alert(" in html
    for tag in ("<script>alert", "<b>none", "<i>read", "<u>click", "</td><script"):
        assert tag not in html


def test_a_run_that_failed_in_setup_says_that_it_never_began(browse: Browse, play: Play) -> None:
    html = page(browse("operator"), play("Fails in setup"))
    assert "It never got to a first step" in html
    assert "Invalid credential ID" in html
    assert "/launch/" in html


def test_a_live_run_can_be_watched_and_its_recording_is_promised(
    browse: Browse, play: Play
) -> None:
    html = page(browse("operator"), play("Slow crawl", seconds=5))
    assert "Running for" in html
    assert "data-since=" in html
    assert "data-busy" in html
    assert "The recording is here a moment after the run ends." in html
    assert ">Cancel<" in html.replace("</svg>", ">")


def test_a_canceled_run_is_looked_at_where_it_was(browse: Browse) -> None:
    now = timezone.now()
    run = made(status="canceled", phase="canceled", watched_at=now)
    timeline = [
        {
            "type": "block",
            "block": {"workflow_run_block_id": label, "label": label, "status": status},
            "created_at": f"2026-11-29T14:00:0{second}",
        }
        for second, label, status in ((2, "approve", "canceled"), (1, "open", "completed"))
    ]
    RunDetail.objects.create(run=run, fetched_at=now, timeline=timeline)
    assert 'id="selected-title"><bdi>approve</bdi>' in page(browse("support"), run)


def test_a_paused_run_asks_for_a_person(browse: Browse, play: Play) -> None:
    run = play("Approve a refund", seconds=20)
    support = page(browse("support"), run)
    assert "This run waits for a person." in support
    assert "/resume/" not in support
    assert "/cancel/" not in support
    html = page(browse("team_admin"), run)
    assert "Refund 129.5 € for order NW-48213?" in html
    assert re.search(r"<dt>Approve means</dt><dd>Refund it</dd>", html)
    assert re.search(r'step-line" href="[^"]+" data-step[^>]+ aria-current="true">', html)
    assert re.search(r'id="selected-title"><bdi>approve</bdi>', html)
    assert html.count("/resume/") == html.count("/cancel/") == 1
    assert "Approve and continue" in html
    assert "Reject: cancel the run" in html


def test_who_may_cancel_but_not_continue_can_only_reject(
    browse: Browse, play: Play, person: Callable[[str], User]
) -> None:
    run = play("Approve a refund", seconds=20)
    rejecting = person("nobody")
    for verb in ("view_run", "cancel_run"):
        rejecting.user_permissions.add(Permission.objects.get(codename=verb))
    client = Client()
    client.force_login(rejecting, backend="django.contrib.auth.backends.ModelBackend")
    html = page(client, run)
    assert "/resume/" not in html
    assert "Reject: cancel the run" in html


def test_attempts_are_told_apart(browse: Browse, play: Play) -> None:
    html = page(browse("support"), play("Retries itself"))
    assert "Attempt 1" in html
    assert "Attempt 2" in html


def test_a_run_without_a_page_says_so(browse: Browse, play: Play) -> None:
    run, support = play("Price feed"), browse("support")
    assert "The run has only just ended" in page(support, run)
    Run.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    html = page(support, run)
    assert "No screenshots: this run opened no page." in html
    assert "No recording was made" in html


def test_inputs_are_shown_with_their_types(browse: Browse, play: Play) -> None:
    html = page(browse("support"), play("Every parameter type", customer="Ann"), tab="inputs")
    assert "credential_id" in html
    assert "Ann" in html


def test_header_values_we_sent_are_never_shown(browse: Browse) -> None:
    run = made(workflow=Workflow.objects.create(wpid="wpid_1", title="A"))
    sent = {
        "workflow_id": "wpid_1",
        "parameters": {"n": 7},
        "extra_http_headers": {"X-Token": "s3c"},
    }
    Launch.objects.create(workflow_id="wpid_1", request=sent, run_id=run.run_id)
    client = browse("support")
    html = page(client, run, tab="inputs")
    assert "X-Token" in html
    assert "s3c" not in html
    assert "s3c" not in client.get("/runs/wr_1/inputs.json").getvalue().decode()


def test_looking_at_a_run_marks_it_once_in_ten_seconds_and_reads_what_is_missing(
    browse: Browse, play: Play, sandbox: Sandbox
) -> None:
    run = play("Price feed")
    RunDetail.objects.all().delete()
    client = browse("support")
    assert "feed" in page(client, run)
    assert RunDetail.objects.filter(pk=run.pk).exists()
    run.refresh_from_db()
    first = run.watched_at
    calls = len(sandbox.calls)
    page(client, run)
    run.refresh_from_db()
    assert (run.watched_at, len(sandbox.calls)) == (first, calls)
    Run.objects.update(watched_at=timezone.now() - timedelta(seconds=11))
    page(client, run)
    run.refresh_from_db()
    assert first is not None
    assert run.watched_at is not None
    assert run.watched_at > first


def test_steps_that_are_not_read_yet_are_announced(browse: Browse) -> None:
    run = made(watched_at=timezone.now())
    assert "Reading the steps from Skyvern…" in page(browse("support"), run)


def test_a_broken_api_leaves_the_history_readable_and_says_so(browse: Browse, play: Play) -> None:
    run = play("Invoice download")
    Run.objects.update(watched_at=timezone.now(), detail_due=True)
    Feed.objects.create(name=feeds.API, failures=feeds.OPENS_AT, error="No answer.")
    html = page(browse("support"), run)
    assert "sign_in" in html
    assert "Skyvern does not answer right now." in html


def test_a_run_whose_agent_is_gone_still_has_its_page(browse: Browse) -> None:
    now = timezone.now()
    agent = Workflow.objects.create(wpid="wpid_1", title="Old agent", deleted_at=now)
    run = made(workflow=agent, missing_at=now, watched_at=now)
    html = page(browse("operator"), run)
    assert "(deleted)" in html
    assert "Skyvern no longer has this run." in html
    assert "disabled" in html


def test_a_single_task_is_told_apart_from_a_run_of_an_agent(browse: Browse) -> None:
    now = timezone.now()
    run = Run.objects.create(
        run_id="tsk_1", status="completed", phase="completed", run_type="task_v1",
        created_at=now, seen_at=now, changed_at=now, watched_at=now,
    )  # fmt: skip
    RunDetail.objects.create(run=run, fetched_at=now, outputs={"found": 1})
    client = browse("operator")
    html = page(client, run)
    assert "A single task has no steps" in html
    assert "/retry/" not in html
    assert "found" in page(client, run, tab="output")


def test_an_unchanged_run_answers_a_poll_without_a_body(
    browse: Browse, play: Play, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = play("Invoice download")
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    client = browse("support")
    token = client.get(run.get_absolute_url(), headers=HTMX)["HX-PTag"]
    with django_assert_max_num_queries(5):
        answer = client.get(run.get_absolute_url(), headers={**HTMX, "HX-PTag": token})
    assert (answer.status_code, answer.content) == (304, b"")
    RunDetail.objects.update(fetched_at=timezone.now())
    answer = client.get(run.get_absolute_url(), headers={**HTMX, "HX-PTag": token})
    assert answer.status_code == 200
    assert "<html" not in answer.text


def test_a_page_costs_the_same_however_much_the_run_did(
    browse: Browse, play: Play, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = play("Invoice download")
    now = timezone.now()
    Artifact.objects.bulk_create(
        [
            Artifact(artifact_id=f"a_x{n}", run=run, type="screenshot_llm", created_at=now)
            for n in range(300)
        ]
    )
    client = browse("superuser")
    client.get(run.get_absolute_url())
    with django_assert_max_num_queries(10):
        client.get(run.get_absolute_url(), headers=HTMX)


@pytest.mark.parametrize("url", ["/runs/wr_none/", "/runs/wr_none/raw.json", "/runs/%00/"])
def test_an_unknown_run_is_not_found(browse: Browse, url: str) -> None:
    assert browse("support").get(url).status_code == 404


def test_an_unknown_tab_or_part_is_not_found(browse: Browse) -> None:
    run = made(watched_at=timezone.now())
    client = browse("support")
    assert client.get(run.get_absolute_url(), {"tab": "x"}).status_code == 404
    assert client.get("/runs/wr_1/x.json").status_code == 404


def test_a_later_reading_is_what_is_shown(browse: Browse, play: Play, sandbox: Sandbox) -> None:
    run = play("Slow crawl", seconds=2)
    client = browse("support")
    before = page(client, run)
    sandbox.advance(7200)
    refresh_run(run.run_id)
    after = page(client, run)
    assert "Running for" in before
    assert "Finished" in after
