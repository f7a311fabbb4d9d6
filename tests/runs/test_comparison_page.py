"""The page that shows a run beside another one."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard import feeds
from dashboard.models import Feed
from runs.comparison.parts import HIDDEN
from runs.models import Artifact, Launch, Run, RunDetail, Workflow
from tests.conftest import Browse
from tests.runs.comparing import (
    block,
    loop,
    made,
    page,
    read,
    steps,
    worst_pair,
)
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def worst(db: None) -> tuple[Run, Run]:
    return worst_pair()


def test_a_run_is_compared_with_the_last_good_one(browse: Browse, worst: tuple[Run, Run]) -> None:
    bad, good = worst
    made("wr_older", 0, workflow=bad.workflow)
    made("wr_newer", 3, workflow=bad.workflow)
    failed = {"timeline": [block("sign_in", "failed", failure_reason="no such button")]}
    read(bad, parameters={"month": "May"}, outputs={"total": 1}, **failed)
    read(good, parameters={"month": "June"}, outputs={"total": 2}, **steps("sign_in", "download"))
    for run in worst:
        Artifact.objects.create(artifact_id=f"a_{run.pk}", run=run, type="screenshot_final")
    html = page(browse("support"), bad)
    assert "Last good run" in html
    for said in ("May", "June", "no such button", "download", "Only in the other", "1 input"):
        assert said in html
    for link in ("/runs/wr_bad/", "/runs/wr_good/", "/artifacts/a_wr_bad/", "/artifacts/a_wr_good"):
        assert f'"{link}' in html
    assert re.findall(r'<option value="([^"]+)"', html) == ["wr_newer", "wr_good", "wr_older"]
    assert '<option value="wr_good" selected>' in html


def test_two_real_runs_of_an_agent_differ_in_nothing(browse: Browse, play: Play) -> None:
    play("Loop over pages")
    html = page(browse("support"), play("Loop over pages"))
    assert "Inputs, steps and output of the two are the same." in html
    assert "Item 2 (wien)" in html
    assert html.count('<details class="folded"') == 4


def test_the_failure_of_a_run_links_to_the_comparison(
    browse: Browse, worst: tuple[Run, Run]
) -> None:
    bad, good = worst
    client = browse("support")
    link = 'href="/runs/wr_bad/compare/"'
    assert link in client.get(bad.get_absolute_url()).text
    good.delete()
    assert link not in client.get(bad.get_absolute_url()).text


def test_an_archived_screenshot_is_told_and_not_asked_for(
    browse: Browse, worst: tuple[Run, Run]
) -> None:
    run, _ = worst
    Artifact.objects.create(artifact_id="a_1", run=run, type="screenshot_llm", archived=True)
    html = page(browse("support"), run)
    assert "Its last screenshot is archived." in html
    assert "No screenshot is known of it." in html
    assert "/artifacts/a_1/" not in html


def test_header_values_are_never_on_the_page(browse: Browse, worst: tuple[Run, Run]) -> None:
    for run in worst:
        sent = {"parameters": {}, "extra_http_headers": {"X-Token": f"s3c {run.pk}"}}
        Launch.objects.create(workflow_id="wpid_1", request=sent, run_id=run.pk)
        read(run, request=sent)
    html = page(browse("superuser"), worst[0])
    assert "X-Token" in html
    assert HIDDEN in html
    assert "s3c" not in html


def test_the_only_run_of_an_agent_is_told_to_be_it(browse: Browse, worst: tuple[Run, Run]) -> None:
    bad, good = worst
    bad.delete()
    assert "/agents/wpid_1/launch/" in page(browse("operator"), good)
    html = page(browse("support"), good)
    assert "the agent&#x27;s only run" in html.replace("'", "&#x27;")
    assert "/launch/" not in html
    assert "data-live hx-get" not in html.partition('<main class="main"')[2]


def test_without_a_good_run_another_one_can_be_chosen(
    browse: Browse, worst: tuple[Run, Run]
) -> None:
    bad, good = worst
    Run.objects.filter(pk=good.pk).update(status="failed", phase="failed")
    html = page(browse("support"), bad)
    assert "No earlier run of this agent was completed." in html
    assert '<option value="wr_good">' in html
    assert "The other run" in page(browse("operator"), bad, **{"with": "wr_good"})


def test_a_single_task_has_nothing_to_be_compared_with(browse: Browse) -> None:
    html = page(browse("support"), made("tsk_1", 1))
    assert "A single task has no earlier run" in html


def test_a_run_of_another_agent_is_compared_and_told_to_be_one(
    browse: Browse, worst: tuple[Run, Run]
) -> None:
    bad, _ = worst
    other = made("wr_else", 1, workflow=Workflow.objects.create(wpid="wpid_2", title="Prices"))
    for run in (bad, other):
        read(run)
    html = page(browse("support"), bad, **{"with": other.pk})
    assert "These are not runs of the same agent." in html
    assert "Prices" in html
    assert '<option value="wr_else" selected>' in html
    assert "not runs of the same agent" not in page(browse("operator"), bad)


@pytest.mark.parametrize("wanted", ["wr_none", "<b>x", "\x00wr", "x" * 3000, "../", "wr_ü"])
def test_an_unknown_run_is_told_in_a_sentence(
    browse: Browse, worst: tuple[Run, Run], wanted: str
) -> None:
    html = page(browse("support"), worst[0], **{"with": wanted})
    assert "is known here. Look whether its id is right." in html
    assert "<b>x" not in html
    assert '<option value="wr_good">' in html


def test_a_run_is_not_compared_with_itself(browse: Browse, worst: tuple[Run, Run]) -> None:
    assert "That is this run itself." in page(browse("support"), worst[0], **{"with": "wr_bad"})


def test_an_unknown_run_has_no_comparison(browse: Browse) -> None:
    assert browse("support").get("/runs/wr_none/compare/").status_code == 404


def test_only_who_may_see_runs_may_compare_them(browse: Browse, worst: tuple[Run, Run]) -> None:
    url = "/runs/wr_bad/compare/"
    assert browse("nobody").get(url).status_code == 403
    assert Client().get(url)["Location"].startswith("/login/")
    assert browse("support").post(url).status_code == 405


def test_what_is_not_read_yet_is_asked_for(browse: Browse, play: Play) -> None:
    good, run = play("Price feed"), play("Price feed")
    RunDetail.objects.all().delete()
    html = page(browse("support"), run)
    assert RunDetail.objects.count() == 2
    assert "from Skyvern…" not in html
    good.refresh_from_db()
    assert good.watched_at is not None


def test_a_page_fills_in_when_the_other_run_is_read(
    browse: Browse, worst: tuple[Run, Run], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bad, good = worst
    read(bad, parameters={"month": "May"})
    client = browse("support")
    html = page(client, bad)
    assert re.search(r'data-live hx-get="/runs/wr_bad/compare/" [^>]*hx-ptag="[^"]+"', html)
    assert 'Reading <span class="mono">wr_good</span> from Skyvern…' in html
    assert 'id="compare-inputs"' not in html
    tag = client.get("/runs/wr_bad/compare/", headers=HTMX)["HX-PTag"]
    with django_assert_max_num_queries(8):
        same = client.get("/runs/wr_bad/compare/", headers={**HTMX, "HX-PTag": tag})
    assert (same.status_code, same.content) == (304, b"")
    read(good, parameters={"month": "June"})
    later = client.get("/runs/wr_bad/compare/", headers={**HTMX, "HX-PTag": tag})
    assert "June" in later.text
    assert "<html" not in later.text


def test_what_cannot_be_read_is_told(browse: Browse, worst: tuple[Run, Run]) -> None:
    bad, good = worst
    read(bad)
    Feed.objects.create(name=feeds.API, failures=feeds.OPENS_AT, error="No answer.")
    assert "Skyvern does not answer right now." in page(browse("support"), bad)
    Run.objects.filter(pk=good.pk).update(missing_at=timezone.now())
    assert "were never read" in page(browse("operator"), bad)


def test_a_comparison_costs_the_same_however_much_there_is(
    browse: Browse, worst: tuple[Run, Run], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for run in worst:
        read(run, outputs={f"key {n}": n for n in range(20_000)}, **loop(["completed"] * 200))
        Artifact.objects.bulk_create(
            Artifact(artifact_id=f"{run.pk}{n}", run=run, type="screenshot_llm") for n in range(300)
        )
    for n in range(100):
        made(f"wr_{n}", -n, workflow=worst[0].workflow)
    client = browse("support")
    client.get("/runs/wr_bad/compare/")
    with django_assert_max_num_queries(19):
        html = page(client, worst[0])
    assert html.count("<option") == 10
