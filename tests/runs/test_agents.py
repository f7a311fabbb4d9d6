"""The list of agents and one agent: how each has done, without a query per row."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.models import Revision
from dashboard.skyvern import schema
from runs import agents, mirror
from runs.models import Run, Workflow
from schedules.models import Schedule
from tests.conftest import Browse

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 1, tzinfo=UTC)
LIST = "/agents/"


def agent(title: str, **more: object) -> Workflow:
    fields = {"wpid": f"wpid_{title}", "title": title, "seen_at": T0} | more
    return Workflow.objects.create(**fields)


def ran(workflow: Workflow, number: int, status: str = "completed", seconds: int = 10) -> Run:
    start = T0 + timedelta(minutes=number)
    return Run.objects.create(
        run_id=f"wr_{workflow.pk}_{number:04}",
        workflow=workflow,
        title=workflow.title,
        status=status,
        phase={"completed": "completed", "running": "live"}.get(status, "failed"),
        created_at=start,
        started_at=start,
        finished_at=None if status == "running" else start + timedelta(seconds=seconds),
        seen_at=T0,
        changed_at=T0,
    )


def titles(client: Client, **query: str) -> list[str]:
    shown = client.get(LIST, query).context["records"]
    return [record.workflow.title for record in shown]


def test_the_list_takes_as_many_queries_for_fifty_agents_as_for_one(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("operator")
    for number in range(50):
        workflow = agent(f"agent {number:02}")
        for run in range(25 if number == 0 else 2):
            ran(workflow, run)
    client.get(LIST)
    with django_assert_max_num_queries(14) as first:
        client.get(LIST, {"q": "agent 00"})
    with django_assert_max_num_queries(14) as all_of_them:
        client.get(LIST)
    assert len(all_of_them) == len(first)


def test_a_record_is_the_last_twenty_runs_newest_first(browse: Browse) -> None:
    workflow = agent("busy")
    for number in range(25):
        ran(workflow, number, "failed" if number in (3, 24) else "completed")
    ran(workflow, 25, "running")
    other = agent("quiet")
    [busy, quiet] = agents.records(agents.search("", ""))
    assert [run.run_id for run in busy.runs][:2] == [f"wr_{workflow.pk}_00{n}" for n in (25, 24)]
    assert (len(busy.runs), busy.judged, busy.succeeded) == (20, 19, 18)
    assert (quiet.workflow, quiet.last, quiet.runs) == (other, None, [])
    html = browse("support").get(LIST).content.decode()
    assert "18 of 19 succeeded" in html
    assert "Never ran" in html


def test_runs_of_the_same_instant_do_not_make_a_strip_longer() -> None:
    workflow = agent("burst")
    for number in range(30):
        run = ran(workflow, number)
        Run.objects.filter(pk=run.pk).update(created_at=T0)
    [record] = agents.records(agents.search("", ""))
    assert len(record.runs) == 20


def test_the_filters_are_in_the_url_and_the_gone_ones_hidden(browse: Browse) -> None:
    agent("Invoices", description="monthly")
    agent("Deleted", deleted_at=T0)
    agent("Only named by a run", seen_at=None)
    client = browse("support")
    assert titles(client) == ["Invoices"]
    assert titles(client, state="gone") == ["Deleted", "Only named by a run"]
    assert len(titles(client, state="all")) == 3
    assert titles(client, q="MONTH") == ["Invoices"]
    assert titles(client, q="wpid_Invoices") == ["Invoices"]
    assert titles(client, q="50%_\0", state="odd") == []
    assert "Clear the filter" in client.get(LIST, {"q": "nothing"}).content.decode()


def test_every_agent_is_on_exactly_one_page(browse: Browse) -> None:
    for number in range(120):
        agent("same title" if number < 70 else f"t{number}", wpid=f"wpid_{number:03}")
    client, seen, page = browse("support"), [], LIST
    while page:
        answer = client.get(page)
        seen += [record.workflow.pk for record in answer.context["records"]]
        page = answer.context["next_url"]
    assert len(seen) == len(set(seen)) == 120
    beyond = client.get(LIST, {"after": seen[-1]}).content.decode()
    assert "Nothing further" in beyond
    assert client.get(LIST, {"after": "wpid_unknown"}).context["records"][0].workflow.pk == seen[0]


def test_an_unchanged_list_is_a_304_and_a_changed_one_only_its_table(browse: Browse) -> None:
    agent("one")
    client = browse("operator")
    page = client.get(LIST)
    poll = {"HX-Request": "true", "HX-PTag": page["HX-PTag"]}
    assert client.get(LIST, headers=poll).status_code == 304
    Revision.bump("runs")
    changed = client.get(LIST, headers=poll)
    assert changed.status_code == 200
    assert "<html" not in changed.content.decode()


def test_the_launch_button_is_for_those_who_may(browse: Browse) -> None:
    workflow = agent("one")
    link = reverse("runs:launch", args=[workflow.pk])
    for role, sees in (("support", False), ("operator", True)):
        client = browse(role)
        for page in (LIST, workflow.get_absolute_url()):
            assert (link in client.get(page).content.decode()) is sees
    assert browse("nobody").get(LIST).status_code == 403
    assert Client().get(LIST).status_code == 302


@time_machine.travel(T0, tick=False)
def test_the_next_fire_is_the_soonest_of_the_active_schedules(browse: Browse) -> None:
    workflow, now = agent("one"), timezone.now()
    for number, (active, hours) in enumerate([(False, 1), (True, 5), (True, 3), (True, -1)]):
        Schedule.objects.create(
            schedule_id=f"wfs_{number}",
            workflow=workflow,
            name=f"schedule {number}",
            cron_expression="0 9 * * *",
            is_active=active,
            next_run_at=now + timedelta(hours=hours),
            seen_at=now,
            changed_at=now,
        )
    client = browse("support")
    assert client.get(LIST).content.decode().count("in 3 h") == 1
    page = client.get(workflow.get_absolute_url()).content.decode()
    assert "schedule 0" in page
    assert "Paused" in page


def test_one_agent_shows_its_parameters_its_runs_and_how_long_they_take(browse: Browse) -> None:
    parameters = [
        {"key": "customer", "type": "string", "description": "Who", "default_value": None},
        {"key": "lines", "type": "json", "description": "", "default_value": {"a": 1}},
    ]
    workflow = agent(
        "Invoices",
        parameters=parameters,
        raw={"workflow_definition": {"blocks": [{"label": "open_page"}]}},
    )
    for number in range(20):
        ran(workflow, number, seconds=number + 1)
    ran(workflow, 30, "failed")
    html = browse("operator").get(workflow.get_absolute_url()).content.decode()
    for text in ("customer", "required", "&quot;a&quot;: 1", "open_page", "19 of 20 succeeded"):
        assert text in html
    assert f'id="row-wr_{workflow.pk}_0030"' in html
    timing = agents.timing(workflow)
    assert (timing.of, timing.median, timing.p95) == (
        20,
        timedelta(seconds=10),
        timedelta(seconds=19),
    )


def test_an_agent_that_never_ran_or_is_gone_says_what_to_do(browse: Browse) -> None:
    client = browse("operator")
    fresh = client.get(agent("fresh").get_absolute_url()).content.decode()
    assert "It has not run yet" in fresh
    assert "It needs no input" in fresh
    gone = client.get(agent("gone", deleted_at=T0).get_absolute_url()).content.decode()
    assert "was deleted in Skyvern" in gone
    assert "disabled" in gone
    assert client.get("/agents/wpid_none/").status_code == 404
    assert client.get("/agents/wpid%00/").status_code == 404


def test_one_agents_page_takes_the_same_queries_however_much_it_ran(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    workflow, client = agent("one"), browse("operator")
    ran(workflow, 0)
    client.get(workflow.get_absolute_url())
    with django_assert_max_num_queries(16) as once:
        client.get(workflow.get_absolute_url())
    for number in range(1, 40):
        ran(workflow, number)
    with django_assert_max_num_queries(16) as often:
        client.get(workflow.get_absolute_url())
    assert len(often) == len(once)


def test_the_last_week_is_in_the_list_and_each_day_and_hour_on_the_agents_page(
    browse: Browse,
) -> None:
    now = timezone.now()
    told = [
        (0, "completed", 0),
        (1, "failed", 0),
        (2, "canceled", 0),
        (3, "completed", 8),
    ]
    mirror.save_runs(
        [
            schema.read(
                schema.WorkflowRun,
                {
                    "workflow_run_id": f"wr_{number}",
                    "workflow_permanent_id": "wpid_busy",
                    "status": status,
                    "created_at": (now - timedelta(days=days, minutes=number)).isoformat(),
                    "started_at": now.isoformat(),
                    "finished_at": now.isoformat(),
                },
            )
            for number, status, days in told
        ],
        seen_at=now,
    )
    Workflow.objects.filter(pk="wpid_busy").update(seen_at=now)
    agent("quiet")
    client = browse("support")
    busy, quiet = client.get(LIST).content.decode().split("<tbody>")[1].split("</tr>")[:2]
    assert "50 %" in busy
    assert "50 points worse" in busy
    assert "point" not in quiet
    page = client.get("/agents/wpid_busy/").content.decode()
    assert 'aria-label="Last 14 days"' in page
    assert 'aria-label="Last 24 hours"' in page
    assert "2 of 3 succeeded" in page
    assert "Last 14 days" not in client.get("/agents/wpid_quiet/").content.decode()


def test_a_page_of_agents_is_sent_again_in_another_hour(browse: Browse) -> None:
    agent("one")
    client = browse("support")
    with time_machine.travel(T0, tick=False):
        poll = {"HX-Request": "true", "HX-PTag": client.get(LIST)["HX-PTag"]}
        assert client.get(LIST, headers=poll).status_code == 304
    with time_machine.travel(T0 + timedelta(hours=1), tick=False):
        assert client.get(LIST, headers=poll).status_code == 200
