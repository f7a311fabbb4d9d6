"""The runs table: what it shows to whom, what it costs, and that nothing in it moves."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Revision
from runs.models import Run, TableSettings, Workflow
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
URL = "/runs/"
HTMX = {"HX-Request": "true"}


def make(number: int, **more: Any) -> Run:
    made = timezone.now() - timedelta(hours=1) + timedelta(seconds=number)
    columns = {"status": "completed", "phase": "completed", "title": "Invoice download", **more}
    run = Run(run_id=f"wr_{number:04}", created_at=made, seen_at=made, changed_at=made, **columns)
    run.save()
    return run


def shown(html: str) -> list[str]:
    return re.findall(r'<tr id="row-([^"]+)"', html)


def test_every_kind_of_run_is_shown_with_its_reason(browse: Browse, play: Play, odd: str) -> None:
    play("Credential check")
    play("Fails in setup")
    play(odd)
    play("Slow crawl", seconds=5)  # last: it is over by the time of another
    html = browse("operator").get(URL).text
    # Fires by the clock, a schedule of the sandbox's can add one.
    assert len([run_id for run_id in shown(html) if "sched" not in run_id]) == 4
    assert "User name or password is wrong" in html
    assert "Running" in html
    assert "data-busy" in html
    assert "Invalid credential ID" in html
    assert "&lt;script&gt;alert" in html
    assert "<script>alert" not in html


def test_an_empty_mirror_says_how_runs_get_here(browse: Browse) -> None:
    assert "No runs yet" in browse("support").get(URL).text


def test_a_filter_that_hides_everything_is_named_and_can_be_cleared(browse: Browse) -> None:
    make(1)
    html = browse("support").get(URL, {"status": "paused", "q": "x"}).text
    assert "No run matches" in html
    assert "Status “Paused”, Text “x”: together they hide every run." in html
    assert "Clear the filters" in html


def test_a_failed_filter_and_an_unknown_status_stay_chosen(browse: Browse) -> None:
    make(1, status="meditating", phase="live")
    html = browse("support").get(URL, {"status": "meditating"}).text
    assert '<option value="meditating" selected>meditating</option>' in html
    assert shown(html) == ["wr_0001"]


def test_pages_are_links_both_ways(browse: Browse) -> None:
    for number in range(120):
        make(number)
    client = browse("support")
    first = client.get(URL).text
    assert shown(first)[0] == "wr_0119"
    assert len(shown(first)) == 50
    older = link(first, "next")
    second = client.get(older).text
    assert shown(second)[0] == "wr_0069"
    assert shown(client.get(link(second, "prev")).text) == shown(first)
    assert "120 runs" in second


def link(html: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    assert found
    return found[1].replace("&amp;", "&")


def test_new_runs_are_announced_and_do_not_push_what_is_read(browse: Browse) -> None:
    make(1)
    client = browse("support")
    first = client.get(URL).text
    poll = attribute(first, "hx-get")
    make(2)
    make(3, status="running", phase="live")
    html = client.get(poll, headers=HTMX).text
    assert shown(html) == ["wr_0001"]
    assert re.search(r"2 new runs</a>", html)
    assert shown(client.get(attribute(html, "data-poll").split("since=")[0]).text)[0] == "wr_0003"


def attribute(html: str, name: str) -> str:
    region = html[html.index('id="runs"') :] if 'id="runs"' in html else html
    found = re.search(rf'{name}="([^"]+)"', region)
    assert found
    return found[1].replace("&amp;", "&")


def test_a_poll_of_an_unchanged_table_has_no_body_and_costs_little(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make(1)
    client = browse("support")
    page = client.get(URL).text
    poll, token = attribute(page, "hx-get"), attribute(page, "hx-ptag")
    assert client.get(poll, headers=HTMX)["HX-PTag"] == token
    with django_assert_max_num_queries(5):
        unchanged = client.get(poll, headers={**HTMX, "HX-PTag": token})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    Revision.bump("runs")
    assert client.get(poll, headers={**HTMX, "HX-PTag": token}).status_code == 200


def test_what_many_see_is_made_once_and_nobody_sees_what_is_for_others(browse: Browse) -> None:
    make(1)
    make(2, status="running", phase="live", started_at=timezone.now())
    operator, admin, support = map(browse, ("operator", "team_admin", "support"))
    poll = attribute(operator.get(URL).text, "hx-get")
    theirs = operator.get(poll, headers=HTMX).text
    Run.objects.filter(pk="wr_0001").update(title="Changed, but nobody was told")
    assert admin.get(poll, headers=HTMX).text == theirs
    assert "Changed" in support.get(poll, headers=HTMX).text
    for cookie, chosen in {"clock": "12", "zone": "Asia/Tokyo"}.items():
        admin.cookies[cookie] = chosen
        assert "Changed" in admin.get(poll, headers=HTMX).text
        del admin.cookies[cookie]
    TableSettings.objects.create(user=User.objects.get(groups__name="Team admin"), dense=True)
    assert "table runs dense" in admin.get(poll, headers=HTMX).text
    Revision.bump("runs")
    assert "Changed" in operator.get(poll, headers=HTMX).text


def test_fifty_rows_cost_as_many_queries_as_one(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("superuser")
    client.get(URL)
    agent = Workflow.objects.create(wpid="wpid_1", title="Invoice download")
    costs = []
    for number in (1, 60):
        for each in range(number):
            make(each, workflow=agent, schedule_id="wfs_1", trigger_type="scheduled")
        Revision.bump("runs")
        with django_assert_num_queries(
            6
        ) as queries:  # session, user, revision, settings, rows, count
            client.get(URL, headers=HTMX)
        costs.append(len(queries))
        Run.objects.all().delete()
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("role", "cancel", "retry"), [("support", False, False), ("operator", True, True)]
)
def test_only_those_who_may_act_see_the_buttons(
    browse: Browse, role: str, cancel: bool, retry: bool
) -> None:
    make(1)
    make(2, status="running", phase="live", started_at=timezone.now())
    html = browse(role).get(URL).text
    assert (reverse("runs:run_cancel", args=["wr_0002"]) in html) is cancel
    assert (reverse("runs:run_retry", args=["wr_0001"]) in html) is retry


def test_a_person_without_a_role_may_not_look(browse: Browse) -> None:
    assert browse("nobody").get(URL).status_code == 403


@pytest.mark.parametrize(
    "query", ["older=x", "newer=1-", "since=%00", "status=%00&q=%ff", "older="]
)
def test_a_url_that_makes_no_sense_still_gives_a_page(browse: Browse, query: str) -> None:
    make(1)
    assert browse("support").get(f"{URL}?{query}").status_code == 200


def test_a_stuck_run_and_a_waiting_retry_are_marked(browse: Browse) -> None:
    now = timezone.now()
    make(1, status="running", phase="live", stuck_at=now, started_at=now)
    make(2, status="failed", phase="live", retry_pending=True, next_attempt_at=now)
    html = browse("support").get(URL).text
    assert ">stuck<" in html
    assert "retries <time" in html
