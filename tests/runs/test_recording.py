"""Where a recording lies on the clock: the rule, held against what real servers told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runs.models import Artifact, Run
from runs.recording import attempt_of, began, clock_of, marks
from runs.timeline import shape
from runs.timeline.attempts import Attempt, read


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-21T22:{clock}").replace(tzinfo=UTC)


# wr_599652112845089798 of a 1.0.56: completed, with a page from its first block on.
BROWSED = Attempt(1, "completed", started=at("36:27.187"), finished=at("36:37.840"))
BEGUN = [at(clock) for clock in ("36:27.266", "36:30.018", "36:30.824", "36:33.473", "36:37.120")]


def test_its_beginning_lies_between_a_block_and_its_listing_and_its_end_at_the_attempts() -> None:
    clock = clock_of(at("36:29.976"), BROWSED, BEGUN)
    assert (clock.earliest, clock.latest) == (at("36:27.266"), at("36:29.976"))
    assert clock.closed == at("36:37.840")


def test_blocks_without_a_page_before_it_do_not_count() -> None:
    clock = clock_of(at("36:33.900"), BROWSED, BEGUN)
    assert clock.earliest == at("36:33.473")


def test_one_that_is_listed_after_a_failed_page_may_be_of_the_whole_attempt() -> None:
    failed = Attempt(1, "failed", started=at("36:46.152"), finished=at("36:57.740"))
    clock = clock_of(at("36:58.689"), failed, [at("36:46.262")])
    assert (clock.earliest, clock.latest) == (at("36:46.152"), at("36:57.740"))


@pytest.mark.parametrize("status", ["canceled", "timed_out"])
def test_after_a_cut_nobody_knows_when_the_browser_closed(status: str) -> None:
    cut = Attempt(1, status, started=at("37:20.544"), finished=at("37:24.896"))
    clock = clock_of(at("37:22.991"), cut, [at("37:20.594")])
    assert clock.closed is None
    assert clock.earliest == at("37:20.594")


def test_without_any_time_it_says_nothing() -> None:
    clock = clock_of(None, Attempt(1), [])
    assert (clock.earliest, clock.latest, clock.closed) == (None, None, None)
    assert clock.covers(at("36:00"))


def test_it_shows_what_happened_while_it_ran() -> None:
    clock = clock_of(at("36:29.976"), BROWSED, BEGUN)
    shown = [clock.covers(at(one)) for one in ("36:27.000", "36:28.000", "36:37.000", "36:38.000")]
    assert shown == [False, True, True, False]


# wr_599652306118618748: two attempts, each with a recording of its own.
TOLD = [
    {"attempt_number": 2, "status": "failed", "started_at": "2026-11-21T22:37:19.031087",
     "finished_at": "2026-11-21T22:37:20.164604"},
    {"attempt_number": 1, "status": "failed", "started_at": "2026-11-21T22:37:12.542690",
     "finished_at": "2026-11-21T22:37:14.007330"},
]  # fmt: skip


@pytest.mark.parametrize(("made", "number"), [("37:13.935", 1), ("37:14.5", 1), ("37:20.094", 2)])
def test_each_recording_belongs_to_the_attempt_it_was_made_in(made: str, number: int) -> None:
    run = Run(run_id="wr_1", status="failed", phase="failed", started_at=at("37:19.031"))
    file = Artifact(artifact_id="a_1", created_at=at(made))
    assert attempt_of(file, run, read(TOLD)).number == number


def test_without_attempts_it_belongs_to_the_run() -> None:
    run = Run(run_id="wr_1", status="running", phase="live", started_at=at("37:19.031"))
    found = attempt_of(Artifact(artifact_id="a_1"), run, [])
    assert (found.number, found.started, found.finished) == (1, at("37:19.031"), None)


def test_a_run_began_with_its_first_attempt() -> None:
    run = Run(run_id="wr_1", started_at=at("37:19.031"), created_at=at("37:12.510"))
    assert began(run, read(TOLD)) == at("37:12.542690")
    assert began(run, []) == at("37:19.031")


@pytest.mark.parametrize(
    "told", [None, "x", [1, {}, {"attempt_number": "1"}], [{"attempt_number": -1}]]
)
def test_odd_attempts_are_left_out(told: object) -> None:
    assert read(told) == []


def test_the_blocks_of_its_attempt_can_be_jumped_to() -> None:
    def block(key: str, attempt: int, made: str, *children: object) -> dict[str, object]:
        told = {"workflow_run_block_id": key, "label": key, "created_at": f"2026-11-21T22:{made}"}
        return {"type": "block", "attempt": attempt, "block": told, "children": list(children)}

    inner = block("inner", 2, "37:20")
    found = [block("second", 2, "37:19", inner), block("first", 1, "37:12")]
    steps = shape(found, now=at("37:30"), tried=TOLD)
    second = marks(steps, Attempt(2), headed=True)
    assert [step.key for step in second.blocks] == ["second"]
    assert second.begun == [at("37:19"), at("37:20")]
    assert marks(steps, Attempt(3), headed=True).blocks == []
