"""Pressing the launch button: one run or none, also when an answer is lost."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import Actor
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import actions
from runs.models import Launch, Workflow
from tests.conftest import Browse
from tests.runs.launching import nonce_in, starts, typed, url
from tests.runs.racing import ROOT, own_database

pytestmark = pytest.mark.django_db


def test_a_used_nonce_of_a_refused_launch_is_not_sent_again(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed(browser_profile_id="bp_nope")
    client.post(url(every_type), data)
    answer = client.post(url(every_type), data)
    assert answer.status_code == 422
    assert starts(sandbox) == 1
    assert nonce_in(answer.content.decode()) != data["nonce"]


def test_a_second_press_of_the_same_form_goes_to_the_same_run(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed()
    first = client.post(url(every_type), data)
    second = client.post(url(every_type), data)
    assert second["Location"] == first["Location"]
    assert starts(sandbox) == 1


def test_a_form_sent_again_with_other_values_is_not_taken_for_the_same(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed()
    client.post(url(every_type), data)
    answer = client.post(url(every_type), data | {"p2": "5"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert Launch.objects.get().run_id in html
    assert starts(sandbox) == 1
    third = client.post(url(every_type), data | {"p2": "5", "nonce": nonce_in(html)})
    assert third.status_code == 302
    assert starts(sandbox) == 2


def test_eight_presses_at_once_are_one_post(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runs.racing_launch"],
        env=own_database(tmp_path),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1 1 1 " + ",".join(["claimed"] * 7 + ["launched"])


def test_a_lost_answer_is_told_plainly_and_never_sent_twice(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed()
    sandbox.fault("cut", path="/v1/run/agents")
    answer = client.post(url(every_type), data, follow=True)
    assert answer.redirect_chain[0][0] == reverse("runs:launch_state", args=[data["nonce"]])
    assert "It may have started" in answer.content.decode()
    assert Launch.objects.get().state == Launch.State.UNKNOWN
    assert Activity.objects.get().result == Activity.Result.UNKNOWN
    client.post(url(every_type), data)
    assert starts(sandbox) == 1


def test_the_state_page_goes_on_to_the_run_once_it_is_found(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    launch = Launch.objects.create(workflow=every_type, request={})
    page = reverse("runs:launch_state", args=[launch.pk])
    sending = client.get(page)
    assert "It is being sent" in sending.content.decode()
    same = client.get(page, headers={"HX-Request": "true", "HX-PTag": sending["HX-PTag"]})
    assert same.status_code == 304
    Launch.objects.update(state=Launch.State.LAUNCHED, run_id="wr_1", updated_at=timezone.now())
    assert client.get(page)["Location"] == "/runs/wr_1/"
    assert client.get(page, headers={"HX-Request": "true"})["HX-Redirect"] == "/runs/wr_1/"


def test_an_unanswered_launch_can_be_opened_again_with_all_that_was_typed(
    every_type: Workflow, browse: Browse
) -> None:
    request = {
        "parameters": {"customer": "Ada"},
        "run_with": "code",
        "extra_http_headers": {"A": ""},
    }
    launch = Launch.objects.create(workflow=every_type, request=request, state=Launch.State.UNKNOWN)
    html = browse("operator").get(f"{url(every_type)}?again={launch.pk}").content.decode()
    assert ">\nAda</textarea>" in html
    assert '<option value="code" selected>' in html
    assert "The values of headers are not kept" in html


def test_a_killed_process_leaves_the_claim_and_the_next_press_waits(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed()
    client.post(url(every_type), data)
    Launch.objects.update(state=Launch.State.CLAIMED, run_id="")
    answer = client.post(url(every_type), data)
    assert answer["Location"] == reverse("runs:launch_state", args=[data["nonce"]])
    assert starts(sandbox) == 1


def test_the_action_raises_after_it_has_kept_the_record(
    sandbox: Sandbox, every_type: Workflow, person: Callable[[str], Any]
) -> None:
    actor = Actor(person("operator"), "operator")
    request = RunRequest(workflow_id="wpid_none")
    with pytest.raises(errors.NotFound):
        actions.launch(every_type, request, nonce=uuid4(), actor=actor)
    assert Launch.objects.get().state == Launch.State.REJECTED
    assert Activity.objects.count() == 1
