"""The files of a run: whether they are there and why not, and screenshots that are told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import strip_tags

from dashboard.sandbox import Sandbox
from runs import evidence
from runs.evidence import STRIP, State
from runs.models import Artifact, Run, RunDetail, Workflow
from runs.tasks import refresh_run
from runs.timeline import THEN, Timeline, shape
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.test_run_detail import page

pytestmark = pytest.mark.django_db
NOTHING = Timeline([])


def run_of(**more: Any) -> Run:
    now = timezone.now()
    columns: dict[str, Any] = {
        "status": "completed",
        "phase": "completed",
        "workflow": Workflow(wpid="wpid_1", title="A"),
        "created_at": now - timedelta(hours=1),
        "started_at": now - timedelta(hours=1),
        "finished_at": now - timedelta(minutes=50),
    }
    return Run(run_id="wr_1", **columns | more)


def detail_of(run: Run, **more: Any) -> RunDetail:
    return RunDetail(run=run, fetched_at=timezone.now(), **more)


def file(kind: str, **more: Any) -> Artifact:
    return Artifact(artifact_id=f"a_{kind}", type=kind, created_at=timezone.now(), **more)


def states(run: Run, *files: Artifact, **detail: Any) -> tuple[State, State, State]:
    """Of screenshots, recording and downloads."""
    found = evidence.of_run(run, detail_of(run, **detail), list(files), NOTHING)
    return found.shots_state, found.recording_state, found.downloads_state


def test_what_is_there_is_ready() -> None:
    files = file("screenshot_llm"), file("recording"), file("download")
    assert states(run_of(), *files) == (State.READY,) * 3


def test_what_may_still_come_is_waited_for() -> None:
    live = run_of(phase="live", status="running", finished_at=None)
    assert states(live) == (State.WAITING,) * 3
    assert states(run_of(finished_at=timezone.now())) == (State.WAITING,) * 3


def test_what_is_archived_says_so() -> None:
    shot, recording = file("screenshot_llm", archived=True), file("recording", archived=True)
    assert states(run_of(), shot, recording)[:2] == (State.ARCHIVED, State.ARCHIVED)
    assert states(run_of(), recording_archived=True)[1] is State.ARCHIVED


def test_what_skyvern_no_longer_has_is_gone() -> None:
    run = run_of(missing_at=timezone.now())
    assert states(run) == (State.GONE,) * 3
    assert states(run, file("screenshot_llm"), file("recording"))[:2] == (State.GONE, State.GONE)


@pytest.mark.parametrize(
    "where", ["Setup workflow failed", "Failed to initialize workflow run context"]
)
def test_a_run_that_failed_in_setup_never_made_any(where: str) -> None:
    reason = f"{where}. failure reason: no such credential"
    just_now = {"started_at": None, "finished_at": timezone.now(), "failure_reason": reason}
    run = run_of(status="failed", phase="failed", **just_now)
    assert states(run) == (State.SETUP,) * 3


def test_one_that_never_began_and_a_single_task_say_which_they_are() -> None:
    assert states(run_of(started_at=None)) == (State.UNSTARTED,) * 3
    assert states(run_of(workflow=None)) == (State.TASK,) * 3


def test_without_a_page_there_is_nothing_to_be_seen() -> None:
    assert states(run_of()) == (State.NO_PAGE,) * 3


@pytest.mark.parametrize("name", ["browser_session_id", "browser_address"])
def test_a_shared_browser_keeps_its_recording(name: str) -> None:
    found = states(run_of(), file("screenshot_llm"), request={name: "pbs_1"})
    assert found[:2] == (State.READY, State.SHARED)


def test_a_recording_that_is_missing_beside_screenshots_is_not_explained_away() -> None:
    assert states(run_of(), file("screenshot_llm"))[1] is State.UNTOLD


def test_before_the_detail_is_read_nothing_is_claimed() -> None:
    found = evidence.of_run(run_of(), None, [], NOTHING)
    assert (found.shots_state, found.recording_state) == (State.UNREAD, State.UNREAD)


def test_the_recording_of_an_attempt_that_is_over_can_be_seen_while_the_next_is_at_work() -> None:
    now = timezone.now()
    run = run_of(phase="live", status="running", finished_at=None)
    tried = [
        {"attempt_number": 1, "status": "failed",
         "started_at": (now - timedelta(seconds=60)).isoformat(),
         "finished_at": (now - timedelta(seconds=40)).isoformat()},
        {"attempt_number": 2, "status": "running",
         "started_at": (now - timedelta(seconds=20)).isoformat(), "finished_at": None},
    ]  # fmt: skip
    files = [
        Artifact(artifact_id=f"a_{n}", type="recording", created_at=now - timedelta(seconds=ago))
        for n, ago in enumerate((50, 10))
    ]
    found = evidence.of_run(run, detail_of(run, attempts=tried), files, NOTHING).recordings
    assert [(one.state, one.part) for one in found] == [
        (State.READY, "Attempt 1"),
        (State.WAITING, "Attempt 2"),
    ]


def test_screenshots_of_attempts_and_items_are_told_apart() -> None:
    run = run_of()

    def step(attempt: int) -> dict[str, Any]:
        acts = [{"action_id": f"act_{attempt}", "action_type": "click",
                 "screenshot_artifact_id": f"a_{attempt}"}]  # fmt: skip
        inner = {"workflow_run_block_id": f"in_{attempt}", "label": "press", "current_index": 2}
        child = {"type": "block", "block": {**inner, "actions": acts}}
        outer = {"workflow_run_block_id": f"out_{attempt}", "label": "each"}
        return {"type": "block", "attempt": attempt, "block": outer, "children": [child]}

    steps = shape([step(2), step(1)], now=timezone.now())
    taken = run.started_at + timedelta(seconds=12.34) if run.started_at else None
    shots = [
        Artifact(artifact_id=f"a_{n}", type="screenshot_action", created_at=taken) for n in (1, 2)
    ]
    found = evidence.of_run(run, detail_of(run), shots, steps)
    within = ["each", "Item 3", "press"]
    assert [shot.path.split(THEN) for shot in found.shots] == [
        ["Attempt 1", *within, "Click"],
        ["Attempt 2", *within, "Click"],
    ]
    assert found.shots[0].within.split(THEN) == ["Attempt 1", *within]
    assert found.shots[0].after == pytest.approx(12.34)


def test_the_strip_is_a_part_of_very_many_around_the_one_that_is_looked_at() -> None:
    run = run_of()
    files = [Artifact(artifact_id=f"a_{n}", type="screenshot_llm") for n in range(300)]
    found = evidence.of_run(run, detail_of(run), files, NOTHING)
    beside = found.strip(found.shots[200])
    assert (beside.first, len(beside.shots), beside.total) == (140, STRIP, 300)
    assert found.strip(None).first == 0
    assert found.strip(found.shots[299]).first == 300 - STRIP


def test_files_are_archived_after_months_and_the_page_says_so(
    browse: Browse, play: Play, sandbox: Sandbox
) -> None:
    run = play("Invoice download")
    sandbox.advance(91 * 24 * 3600)
    refresh_run(run.run_id)
    html = page(browse("support"), run)
    assert "moved the recording to its archive" in html
    assert "moved the screenshots to its archive" in html
    assert "<video" not in html
    assert "<img src=" not in html


def test_of_screenshots_that_are_partly_archived_the_others_are_shown() -> None:
    run = run_of()
    old = Artifact(artifact_id="a_1", type="screenshot_llm", archived=True)
    new = Artifact(artifact_id="a_2", type="screenshot_llm")
    found = evidence.of_run(run, detail_of(run), [old, new], NOTHING)
    assert found.shots_state is State.READY
    assert [shot.artifact.pk for shot in found.visible] == ["a_2"]
    assert len(found.shots) == 2


@pytest.mark.parametrize("what", ["screenshots", "recording", "downloads"])
def test_each_state_has_a_sentence_of_its_own(what: str) -> None:
    said = {}
    for state in set(State) - {State.READY}:
        context = {"state": state, "what": what, "run": run_of()}
        html = render_to_string("runs/_absence.html", context)
        said[state] = " ".join(strip_tags(html).split())
    told_of_recordings_alone = {State.SHARED, State.UNTOLD}
    if what != "recording":
        said = {
            state: text for state, text in said.items() if state not in told_of_recordings_alone
        }
    assert all(text.endswith(".") for text in said.values()), said
    assert len(set(said.values())) == len(said)
