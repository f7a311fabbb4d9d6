"""The lines of steps and the strip of screenshots, as they are written into the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from runs.evidence import Shot, Strip
from runs.looking import Look
from runs.models import Artifact
from runs.templatetags.steps_ui import film, step_lines
from runs.timeline import Step

ODD = """<b x="1">' & "two" \N{RIGHT-TO-LEFT OVERRIDE}"""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def looking(step: Step | None = None, folded: set[str] | None = None) -> Look:
    return Look(step, None, set(), Strip([], 0, 0), folded or set(), None, None)


def step(key: str, **more: Any) -> Step:
    return Step(**{"key": key, "kind": "block", "title": key, **more})


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Each start tag with its attributes; whatever text says is none."""
    return Tags(html).found


def test_whatever_upstream_named_a_step_is_text() -> None:
    odd = step(ODD, note=ODD, status=ODD, bar=(0.0, 1.0), children=[step("within")])
    found = tags(step_lines([odd], looking()))
    assert "b" not in {tag for tag, _ in found}
    assert found[0] == ("li", {"id": f"step-{ODD}", "class": "step kind-block"})
    assert ("bdi", {"class": "step-title"}) in found
    line = next(attrs for tag, attrs in found if tag == "a")
    assert line["data-of"] == ODD
    assert re.fullmatch(r"\?step=[\w%]+", line["href"] or "")


@pytest.mark.parametrize(("count", "said"), [(1, "1 step within"), (2, "2 steps within")])
def test_a_fold_says_how_many_steps_are_within(count: int, said: str) -> None:
    children = [step(f"c{number}") for number in range(count)]
    html = step_lines([step("a", children=children)], looking())
    assert f">{said} a</span>" in html
    assert html.count('<li id="step-') == 1 + count


def test_a_fold_is_open_unless_it_is_to_start_out_folded() -> None:
    outer = step("a", children=[step("b", children=[step("c")])])
    folds = [
        attrs for tag, attrs in tags(step_lines([outer], looking(folded={"b"}))) if tag == "details"
    ]
    assert [(fold["id"], "open" in fold) for fold in folds] == [("fold-a", True), ("fold-b", False)]


def test_only_the_step_that_is_looked_at_is_current() -> None:
    steps = [step("a"), step("b")]
    lines = [attrs for tag, attrs in tags(step_lines(steps, looking(steps[1]))) if tag == "a"]
    assert ["aria-current" in line for line in lines] == [False, True]
    assert "aria-current" not in step_lines([step("")], looking())


def test_the_time_of_what_is_at_work_goes_on_but_for_a_snapshot() -> None:
    at_work = step("a", status="running", started=NOON, seconds=72.0)
    assert '<span data-since="2026-03-01T12:00:00.000Z">1m 12s</span>' in step_lines(
        [at_work], looking()
    )
    still = step_lines([at_work], looking(), still=True)
    assert "1m 12s" in still
    assert "data-since" not in still


def test_a_strip_marks_the_screenshots_of_the_step_and_says_what_was_archived() -> None:
    files = [
        Artifact(artifact_id=f"a_{n}", type="screenshot_llm", archived=n == 1) for n in range(3)
    ]
    html = film([Shot(file, ODD, "s") for file in files], {"a_2"})
    items = [attrs for tag, attrs in tags(html) if tag == "li"]
    assert items == [{"id": "shot-a_0"}, {"id": "shot-a_1"}, {"id": "shot-a_2", "class": "marked"}]
    assert html.count("This step") == html.count("Archived by Skyvern") == 1
    assert [attrs["src"] for tag, attrs in tags(html) if tag == "img"] == [
        "/artifacts/a_0/thumb/",
        "/artifacts/a_2/thumb/",
    ]
