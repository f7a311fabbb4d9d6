"""The pages of jobs: asked before, followed meanwhile, told of afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from runs import tasks
from runs.models import Job, JobItem, Run, Workflow
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse("operator")


def press(client: Client, **data: Any) -> Any:
    return client.post(reverse("runs:job_new"), data)


def hidden(html: str) -> dict[str, Any]:
    """What the form of the question sends when it is agreed to."""
    form = html[html.index("job-ask") :]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def test_the_question_says_how_many_and_leaves_out_those_it_is_not_for(
    client: Client, play: Play
) -> None:
    live, over = play("Slow crawl", seconds=1), play("Price feed")
    html = press(client, kind="cancel", run=[live.run_id, over.run_id]).content.decode()
    assert "Cancel 1 run?" in html
    assert "1 of your choice is left out" in html
    assert hidden(html)["run"] == [live.run_id]
    assert not Job.objects.exists()


def test_agreeing_twice_is_one_job(client: Client, play: Play) -> None:
    run = play("Slow crawl", seconds=1)
    agreed = hidden(press(client, kind="cancel", run=run.run_id).content.decode())
    first, second = press(client, **agreed), press(client, **agreed)
    assert first["Location"] == second["Location"]
    assert Job.objects.count() == 1
    tasks.work_jobs()
    run.refresh_from_db()
    assert run.status == "canceled"
    html = client.get(first["Location"]).content.decode()
    assert "Retry what failed" not in html
    assert run.get_absolute_url() in html


def test_a_filter_is_frozen_by_the_question(client: Client, play: Play) -> None:
    first = play("Slow crawl", seconds=1)
    question = press(client, kind="cancel", all="1", query="?status=live&last=24h")
    agreed = hidden(question.content.decode())
    assert "last=" not in agreed["query"][0]
    agreed["query"] = [agreed["query"][0].replace("&amp;", "&")]
    play("Slow crawl", seconds=1)
    job = Job.objects.get(pk=press(client, **agreed)["Location"].split("/")[-2])
    tasks.work_jobs()
    assert list(job.items.values_list("run_id", flat=True)) == [first.run_id]


def test_a_filter_that_cannot_be_read_is_not_taken_for_everything(
    client: Client, play: Play
) -> None:
    play("Slow crawl", seconds=1)
    answer = press(client, kind="cancel", all="1", query="last=never")
    assert answer.status_code == 302
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"), [({"kind": "cancel"}, "Tick at least one"), ({"kind": "x"}, "Tick at least")]
)
def test_without_a_choice_nothing_is_asked(client: Client, data: Any, said: str) -> None:
    answer = client.post(reverse("runs:job_new"), data, follow=True)
    assert said in answer.content.decode()


def test_without_a_form_the_question_leads_to_the_table_and_says_what_to_do(
    client: Client,
) -> None:
    answer = client.get(reverse("runs:job_new"), follow=True)
    assert answer.redirect_chain == [(reverse("runs:run_list"), 302)]
    assert "Tick runs in the table first" in answer.content.decode()


def test_a_choice_that_fits_nothing_leads_back(client: Client, play: Play) -> None:
    run = play("Price feed")
    html = press(client, kind="cancel", run=run.run_id, next="/runs/?status=failed").content
    assert b"None of them is going on" in html
    assert b'href="/runs/?status=failed"' in html


def test_tags_are_checked_and_what_was_typed_is_kept(client: Client, play: Play) -> None:
    run = play("Price feed")
    agreed = hidden(press(client, kind="tag", run=run.run_id).content.decode())
    wrong = press(client, **agreed, add="skyvern.x:y", remove="old")
    assert wrong.status_code == 422
    assert b'value="skyvern.x:y"' in wrong.content
    assert b'value="old"' in wrong.content
    agreed = hidden(wrong.content.decode())
    assert press(client, **agreed, add="team:sales", remove="").status_code == 302
    assert Job.objects.get().verb_options == {"add": ["team:sales"], "remove": []}


@pytest.mark.parametrize("role", ["support", "nobody"])
def test_who_may_not_cancel_may_not_start_nor_move_a_job(role: str, browse: Browse) -> None:
    job = Job.objects.create(kind=Job.Kind.CANCEL, options={"by": "x", "from": None})
    client = browse(role)
    assert press(client, kind="cancel", run="wr_1").status_code == 403
    for verb in ("pause", "resume", "abort", "again"):
        assert client.post(reverse(f"runs:job_{verb}", args=[job.pk])).status_code == 403


def test_the_buttons_pause_resume_and_abort(client: Client, play: Play) -> None:
    run = play("Slow crawl", seconds=1)
    agreed = hidden(press(client, kind="cancel", run=run.run_id).content.decode())
    url = press(client, **agreed)["Location"]
    for verb, state in (("pause", "Paused"), ("resume", "Running"), ("abort", "Aborted")):
        html = client.post(f"{url}{verb}/", follow=True).content.decode()
        assert re.search(rf"class=\"pill[^>]*>(<svg.*</svg>)?{state}</span>", html)
    assert "Not done" in html
    again = client.post(f"{url}pause/", follow=True).content.decode()
    assert "the job is aborted" in again


def test_what_failed_is_tried_again_as_a_new_job(client: Client, play: Play) -> None:
    job = failed_job(play)
    url = reverse("runs:job_detail", args=[job.pk])
    html = client.get(url).content.decode()
    assert "Retry what failed" in html
    nonce = str(uuid4())
    first = client.post(f"{url}again/", {"nonce": nonce})
    assert client.post(f"{url}again/", {"nonce": nonce})["Location"] == first["Location"] != url
    assert Job.objects.count() == 2


def failed_job(play: Play, count: int = 1) -> Job:
    run = play("Price feed")
    job = Job.objects.create(
        kind=Job.Kind.CANCEL, state=Job.State.RUNNING, options={"by": "x", "from": None}
    )
    JobItem.objects.bulk_create(
        JobItem(job=job, number=n, run_id=run.run_id) for n in range(1, count + 1)
    )
    tasks.work_jobs()
    job.refresh_from_db()
    return job


def test_results_are_paged_and_filtered(client: Client, play: Play) -> None:
    job = failed_job(play, count=205)
    JobItem.objects.filter(number__lte=3).update(state=JobItem.State.DONE)
    url = reverse("runs:job_detail", args=[job.pk])
    shown: Callable[[str], list[str]] = lambda query: re.findall(  # noqa: E731
        r'id="item-(\d+)"', client.get(url + query).content.decode()
    )
    assert shown("") == [str(n) for n in range(1, 101)]
    assert shown("?after=200") == [str(n) for n in range(201, 206)]
    assert shown("?before=201") == [str(n) for n in range(101, 201)]
    assert shown("?state=done") == ["1", "2", "3"]
    assert shown("?state=nonsense&after=x") == shown("")


def test_pages_cost_the_same_however_much_they_show(
    client: Client, play: Play, django_assert_max_num_queries: Any
) -> None:
    job = failed_job(play, count=120)
    with django_assert_max_num_queries(14):
        client.get(reverse("runs:job_detail", args=[job.pk]))
    for _ in range(10):
        Job.objects.create(kind=Job.Kind.RETRY, options={"by": "x", "from": None})
    with django_assert_max_num_queries(14):
        client.get(reverse("runs:job_list"))


@pytest.mark.parametrize("name", ["job_list", "job_detail"])
def test_an_unchanged_poll_has_no_body(client: Client, play: Play, name: str) -> None:
    job = failed_job(play)
    url = reverse(f"runs:{name}", args=[job.pk] if name == "job_detail" else [])
    tag = re.search(
        r'hx-get="[^"]*jobs[^"]*"[^>]*hx-ptag="([^"]*)"', client.get(url).content.decode()
    )
    assert tag
    poll = {"HX-Request": "true", "HX-PTag": tag[1]}
    assert client.get(url, headers=poll).status_code == 304
    Run.objects.update(title="<b>x</b>")
    fresh = client.get(url, headers={"HX-Request": "true", "HX-PTag": "old"})
    assert fresh.status_code == 200
    assert b"<html" not in fresh.content
    assert b"<b>x</b>" not in fresh.content


def test_enter_in_a_box_to_tick_asks_for_nothing(browse: Browse) -> None:
    asked = {"kind": "nothing", "run": "wr_1", "next": "/runs/?status=failed"}
    answer = browse("support").post("/jobs/new/", asked)
    assert (answer.status_code, answer["Location"]) == (302, "/runs/?status=failed")
    table = browse("operator").get("/runs/").text
    assert table.index('value="nothing" hidden') < table.index('formaction="')


def test_launches_are_told_apart_by_what_differs_between_them(client: Client) -> None:
    workflow = Workflow.objects.create(wpid="wpid_1", title="A", seen_at=timezone.now())
    job = Job.objects.create(kind=Job.Kind.LAUNCH, state=Job.State.RUNNING, workflow=workflow)
    same = {"greeting": "Hello", "express": True, "lines": [{"sku": "x"}], "unit": 2.5}
    for number, name in enumerate(("Ada", "Grace"), start=1):
        JobItem.objects.create(job=job, number=number, parameters={**same, "customer": name})
    html = unescape(client.get(reverse("runs:job_detail", args=[job.pk])).content.decode())
    for name in ("Ada", "Grace"):
        assert f"customer: {name} · " in html
    assert "express: true" in html
    assert "· 1 more<" in html
