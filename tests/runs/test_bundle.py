"""The support bundle: all that is known of a run in one zip, for whoever may see it."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs import bundle, inputs
from runs.evidence import MAX_FILES, Evidence
from runs.models import Artifact, Note, Run, RunDetail
from runs.views import bundle as view
from tests.conftest import Browse
from tests.runs.bundling import (
    ALWAYS,
    MB,
    case,
    made,
    opened,
    readme,
    sent,
    taken,
    url,
)
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    """It failed while signing in."""
    return play("Credential check")


def test_it_is_a_zip_that_is_saved_under_the_runs_id_and_kept_by_no_cache(
    browse: Browse, run: Run
) -> None:
    answer = browse("support").get(url(run))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{run.run_id}.zip"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert opened(sent(answer)).keys() >= {*ALWAYS, "console.log"}


def test_it_tells_what_happened_and_why(browse: Browse, run: Run) -> None:
    members = taken(browse("support"), run)
    told = json.loads(members["run.json"])
    assert (told["run_id"], told["status"], told["agent"]) == (run.pk, "failed", "Credential check")
    assert "User name or password is wrong" in told["reason"]
    assert told["failed_at"][0] == "sign_in"
    assert told["error_codes"] == ["LOGIN_FAILED"]
    assert told["categories"][0]["category"] == "AUTH_FAILURE"
    assert told["created_at"].endswith("Z")
    assert told["parameters"] == {"login": "cred_600000000000000101"}
    detail = RunDetail.objects.get(pk=run.pk)
    assert json.loads(members["timeline.json"]) == detail.timeline
    assert json.loads(members["outputs.json"]) == detail.outputs
    assert b"[error] The portal answered" in members["console.log"]
    said = readme(members)
    for fact in (run.run_id, "Credential check", "failed", "Failed at: sign_in", "by support"):
        assert fact in said
    assert re.search(r"Made: +\d{4}-\d\d-\d\dT[\d:.]+Z by support", said)


def test_options_and_inputs_are_as_the_inputs_tab_has_them(browse: Browse, play: Play) -> None:
    run = play("Every parameter type", customer="Ann")
    detail = RunDetail.objects.get(pk=run.pk)
    told = json.loads(taken(browse("support"), run)["run.json"])
    same = inputs.of_run(run, detail, None).as_json()
    assert {name: told[name] for name in same} == same
    assert told["parameters"]["customer"] == "Ann"


def test_notes_and_history_are_told(
    browse: Browse, run: Run, person: Callable[[str], User]
) -> None:
    author = person("operator")
    Note.objects.create(run=run, user=author, text="Look at the form.\nMade: by nobody")
    Note.objects.create(run=run, user=None, text="So I did.")
    record(Actor(author, "operator"), "tagged", run, detail="Added t1.")
    members = taken(browse("support"), run)
    notes = members["notes.txt"].decode()
    assert re.match(r"\S+Z operator\n  Look at the form\.\n  Made: by nobody\n\n", notes)
    assert "someone who is deleted\n  So I did.\n" in notes
    assert b"Z operator changed its tags Added t1.\n" in members["history.txt"]


def test_what_is_not_read_yet_is_left_out_without_asking_for_it(
    browse: Browse, run: Run, sandbox: Sandbox
) -> None:
    RunDetail.objects.all().delete()
    Artifact.objects.all().delete()
    calls = len(sandbox.calls)
    members = taken(browse("support"), run)
    assert members.keys() == ALWAYS
    assert json.loads(members["timeline.json"]) == []
    assert "Skydeck has not read them from Skyvern yet." in readme(members)
    assert len(sandbox.calls) == calls


def test_a_live_run_has_one_too(browse: Browse, play: Play) -> None:
    members = taken(browse("support"), play("Slow crawl", seconds=5))
    assert json.loads(members["run.json"])["finished_at"] is None
    assert "console.log: there is none yet." in readme(members)


def test_what_was_cut_before_is_told() -> None:
    now = datetime.now(UTC)
    detail = RunDetail(timeline=[], error="The timeline was not read.", fetched_at=now)
    said = readme(made(detail=detail, files=Evidence(cut=True), note_count=3))
    assert "the last reading was not complete: The timeline was not read." in said
    assert f"only the first {MAX_FILES:,} were looked at." in said
    assert "these are the newest 0 of 3." in said


def test_a_long_timeline_is_written_bit_by_bit() -> None:
    detail = RunDetail(timeline=[{"n": number, "text": "x" * 500} for number in range(20_000)])
    written = bundle.stream(case(detail=detail))
    tracemalloc.start()
    assert sum(map(len, written)) > 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 9 * MB  # of 10 MB of JSON: the copy of its lists and objects alone


# Who may, and what stays of it --------------------------------------------------------------------


def test_it_is_told_who_took_it(browse: Browse, run: Run) -> None:
    client = browse("support")
    taken(client, run)
    row = Activity.objects.get()
    assert (row.actor_name, row.verb, row.target_id) == ("support", view.TAKEN, run.pk)
    assert row.result == Activity.Result.OK
    page = client.get(run.get_absolute_url(), {"tab": "notes"}).text
    assert "<strong>support</strong> took its support bundle" in page


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_it_is_only_ever_got(browse: Browse, run: Run, method: str) -> None:
    assert getattr(browse("superuser"), method)(url(run)).status_code == 405
    assert not Activity.objects.exists()


def test_whoever_may_not_see_the_run_gets_nothing(browse: Browse, run: Run) -> None:
    assert browse("nobody").get(url(run)).status_code == 403
    assert browse("support").get("/runs/wr_none/bundle.zip").status_code == 404
    assert not Activity.objects.exists()


def test_it_is_offered_where_the_files_are(browse: Browse, run: Run) -> None:
    client, offer = browse("support"), f'href="{url(run)}"'
    assert offer in client.get(run.get_absolute_url(), {"tab": "files"}).text
    Run.objects.update(watched_at=timezone.now())
    RunDetail.objects.all().delete()
    assert offer in client.get(run.get_absolute_url(), {"tab": "files"}).text
