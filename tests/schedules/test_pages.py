"""The pages of schedules: who sees what, and that nothing typed is lost."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard.connect import connect
from dashboard.models import Feed, Revision
from dashboard.sandbox import Sandbox
from dashboard.skyvern.schema import ScheduleRequest
from runs.models import Workflow
from schedules.models import Schedule
from tests.schedules.conftest import Agent, Mirror

LIST = "/schedules/"
type Browse = Callable[[str], Client]
type Typed = Callable[..., dict[str, Any]]
type Upstream = Callable[[Schedule], Any]


def by_name(name: str) -> Schedule:
    return Schedule.objects.get(name=name)


def page(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def edit_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_edit", args=[schedule.pk])


def as_shown(client: Client, schedule: Schedule, **typed: str) -> dict[str, str]:
    """What a browser would send of the edit form, with `typed` over it."""
    context = client.get(edit_url(schedule)).context
    fields = [*context["form"], *context["parameters"]]
    shown = {field.html_name: field.value() for field in fields}
    sent = {name: "on" if value is True else str(value) for name, value in shown.items() if value}
    return {**sent, "version": context["version"], "schedule": schedule.pk, **typed}


def test_the_table_tells_of_each_schedule_what_a_person_needs(
    mirror: Mirror, sandbox: Sandbox, browse: Browse
) -> None:
    sandbox.advance(9 * 3600)
    mirror()
    text = page(browse("support"), LIST)
    for words in (
        "At 06:30, Monday through Friday",
        "30 6 * * 1-5",
        "Europe/Berlin",
        "Every 8 hours",
        "Invoice download",
        "tone-completed",
    ):
        assert words in text


def test_the_soonest_fire_comes_first_and_what_rests_comes_last(
    mirror: Mirror, browse: Browse
) -> None:
    lines = browse("support").get(LIST).context["lines"]
    due = [line.next_at for line in lines if line.next_at]
    assert due == sorted(due)
    assert lines[-1].schedule.name == "Stock, New York morning (paused)"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?state=paused", {"Stock, New York morning (paused)"}),
        ("?state=over", set()),
        ("?q=feed", {"Prices, every four hours"}),
        ("?q=15+*/4", {"Prices, every four hours"}),
        ("?q=no+such+thing", set()),
        ("?q=%00", 5),
        ("?state=nonsense&page=99", 5),
    ],
)
def test_filters_are_in_the_url(
    mirror: Mirror, browse: Browse, query: str, names: set[str] | int
) -> None:
    answer = browse("support").get(LIST + query)
    found = {line.schedule.name for line in answer.context["lines"]}
    assert (len(found) if isinstance(names, int) else found) == names
    if not found:
        assert "Clear the filters" in answer.content.decode()


def test_the_agent_filter_takes_one_agent(mirror: Mirror, agent: Agent, browse: Browse) -> None:
    client = browse("support")
    lines = client.get(LIST, {"agent": agent("Stock watch").wpid}).context["lines"]
    assert [line.schedule.workflow for line in lines] == [agent("Stock watch")]
    assert client.get(LIST, {"agent": "wpid_gone"}).status_code == 200


def test_the_table_costs_the_same_queries_however_long_it_is(
    mirror: Mirror, agent: Agent, browse: Browse
) -> None:
    client, now = browse("team_admin"), timezone.now()
    page(client, LIST)
    with CaptureQueriesContext(connection) as few:
        page(client, LIST)
    Schedule.objects.bulk_create(
        Schedule(
            schedule_id=f"wfs_{i}",
            workflow=agent("Price feed"),
            name=f"s{i}",
            cron_expression="0 9 * * *",
            seen_at=now,
            changed_at=now,
        )
        for i in range(60)
    )
    with CaptureQueriesContext(connection) as many:
        page(client, LIST)
    assert len(many) == len(few) <= 22
    assert len(client.get(LIST + "?page=2").context["lines"]) == 15


def test_a_poll_of_an_unchanged_table_is_answered_without_a_body(
    mirror: Mirror, browse: Browse
) -> None:
    client = browse("support")
    token = client.get(LIST).context["token"]
    htmx = {"HX-Request": "true", "HX-PTag": token}
    assert client.get(LIST, headers=htmx).status_code in (204, 304)
    Schedule.objects.update(name="renamed")
    Revision.bump("schedules")
    changed = client.get(LIST, headers=htmx)
    assert changed.status_code == 200
    assert b"<html" not in changed.content
    assert b"renamed" in changed.content


@pytest.mark.parametrize("role", ["support", "operator"])
def test_who_may_only_look_sees_no_buttons(mirror: Mirror, browse: Browse, role: str) -> None:
    client = browse(role)
    schedule = by_name("Invoices on weekdays")
    for url in (LIST, schedule.get_absolute_url()):
        text = page(client, url)
        assert "Invoices on weekdays" in text
        for word in ("/pause/", "/edit/", "/delete/", "/schedules/new/", 'role="switch"'):
            assert word not in text
    assert client.get(edit_url(schedule)).status_code == 403


def test_pausing_from_the_table_leads_back_to_it_filters_and_all(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    url = reverse("schedules:schedule_pause", args=[schedule.pk])
    answer = client.post(url, {"next": "/schedules/?state=active"})
    assert answer["Location"] == "/schedules/?state=active"
    assert not upstream(schedule).enabled
    away = client.post(url, {"next": "https://elsewhere.example/"})
    assert away["Location"] == schedule.get_absolute_url()


def test_a_refused_pause_says_why(mirror: Mirror, sandbox: Sandbox, browse: Browse) -> None:
    schedule = by_name("Invoices on weekdays")
    sandbox.fault("status", code=503, path="/disable")
    url = reverse("schedules:schedule_pause", args=[schedule.pk])
    answer = browse("team_admin").post(url, follow=True)
    assert "Could not pause Invoices on weekdays" in unescape(answer.content.decode())


def test_a_one_time_schedule_offers_to_cancel_not_to_pause(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    text = page(client, schedule.get_absolute_url())
    assert "/pause/" not in text
    client.post(reverse("schedules:schedule_cancel", args=[schedule.pk]))
    text = page(client, schedule.get_absolute_url())
    assert "does not fire again" in text
    assert "/edit/" not in text
    assert client.get(edit_url(schedule)).status_code == 302


def test_a_deleted_schedule_keeps_its_page_and_runs(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    answer = client.post(reverse("schedules:schedule_delete", args=[schedule.pk]))
    assert answer["Location"] == LIST
    text = page(client, schedule.get_absolute_url())
    assert "This schedule was deleted" in text
    assert "/edit/" not in text
    assert "Invoices on weekdays" not in {
        line.schedule.name for line in client.get(LIST).context["lines"]
    }


def test_the_detail_shows_three_zones_parameters_and_runs(
    mirror: Mirror, sandbox: Sandbox, browse: Browse
) -> None:
    sandbox.advance(26 * 3600)
    mirror()
    client, schedule = browse("support"), by_name("Invoices on weekdays")
    client.cookies["zone"] = "America/New_York"
    text = page(client, schedule.get_absolute_url())
    assert '<th scope="col">Yours</th>' in text
    assert '<th scope="col">UTC</th>' in text
    run = schedule.runs.first()
    assert run is not None
    assert run.run_id in text
    fair = page(client, by_name("Order for the trade fair").get_absolute_url())
    assert "Messe Wien" in fair


def test_where_schedules_are_off_nothing_is_offered_that_cannot_work(
    mirror: Mirror, browse: Browse
) -> None:
    Feed.objects.update_or_create(
        name="schedules", defaults={"error": "Workflow schedules are disabled in this build."}
    )
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    text = page(client, LIST)
    assert "Schedules are off on this Skyvern" in text
    assert "/schedules/new/" not in text
    assert "disabled title" in text
    assert "/delete/" not in page(client, schedule.get_absolute_url())
    assert "Schedules are off" in page(client, "/schedules/new/")


def test_an_empty_table_says_what_to_do(db: None, browse: Browse) -> None:
    assert "No schedules yet" in page(browse("team_admin"), LIST)
    assert "a team admin makes them" in page(browse("support"), LIST)


def test_an_agent_is_chosen_first(mirror: Mirror, browse: Browse) -> None:
    client = browse("team_admin")
    assert "Slow crawl" in page(client, "/schedules/new/")
    found = page(client, "/schedules/new/?q=slow")
    assert "Slow crawl" in found
    assert "Stock watch" not in found
    assert client.get("/schedules/new/?agent=wpid_gone").status_code == 404
    assert client.get("/schedules/new/?agent=%00").status_code == 404


def test_a_schedule_is_created_by_a_plain_post(
    agent: Agent, browse: Browse, typed: Typed, upstream: Upstream
) -> None:
    client = browse("team_admin")
    answer = client.post("/schedules/new/", typed(agent("Slow crawl")))
    schedule = by_name("Every morning")
    assert answer["Location"] == schedule.get_absolute_url()
    theirs = upstream(schedule)
    assert (theirs.cron_expression, theirs.timezone) == ("0 9 * * 1-5", "Europe/Berlin")


def test_a_double_press_makes_one_schedule(agent: Agent, browse: Browse, typed: Typed) -> None:
    client, sent = browse("team_admin"), typed(agent("Slow crawl"))
    places = {client.post("/schedules/new/", sent)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Schedule.objects.filter(name="Every morning").count() == 1


def test_bad_input_keeps_everything_typed_and_reaches_nobody(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    workflow = agent("Every parameter type")
    sent = typed(workflow, cron="61 * * * *", name="<b>kept</b>", p2="1.9", p5="{not json")
    before = len(sandbox.calls)
    answer = browse("team_admin").post("/schedules/new/", sent)
    assert answer.status_code == 422
    assert not [call for call in sandbox.calls[before:] if call[0] == "POST"]
    form, parameters = answer.context["form"], answer.context["parameters"]
    assert "“61” is no minute" in form.errors["cron"].as_text()
    assert {"p1", "p2", "p5"} <= set(parameters.errors)
    assert parameters["p2"].value() == "1.9"
    assert form["name"].value() == "<b>kept</b>"
    assert b"<b>kept</b>" not in answer.content


def test_what_upstream_refuses_is_shown_in_the_form(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    client = browse("team_admin")
    for code, words in ((409, "409"), (501, ""), (503, "")):
        sandbox.fault("status", code=code, path="/schedules")
        answer = client.post("/schedules/new/", typed(agent("Slow crawl")))
        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors(), code
        assert answer.context["form"]["name"].value() == "Every morning"
        assert words in str(answer.context["form"].errors) or code == 409
    assert not Schedule.objects.filter(name="Every morning").exists()


def test_an_interval_and_a_one_time_schedule_can_be_made(
    agent: Agent, browse: Browse, typed: Typed, upstream: Upstream
) -> None:
    client = browse("team_admin")
    client.post(
        "/schedules/new/",
        typed(agent("Slow crawl"), kind="interval", every="90", unit="minutes", name="i"),
    )
    assert upstream(by_name("i")).interval_seconds == 5400
    client.post(
        "/schedules/new/",
        typed(agent("Slow crawl"), kind="once", run_at="2099-06-01T09:00:00", name="o"),
    )
    assert upstream(by_name("o")).run_at.isoformat() == "2099-06-01T07:00:00+00:00"


def test_an_old_server_says_that_it_knows_cron_only(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    workflow = agent("Slow crawl")
    sandbox.fault("old_server", times=None)
    sent = typed(workflow, kind="interval", every="2", unit="hours")
    answer = browse("team_admin").post("/schedules/new/", sent)
    assert "knows only cron schedules" in answer.context["form"].errors["kind"].as_text()


def test_an_edit_of_the_name_keeps_all_the_rest(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    before = upstream(schedule)
    answer = client.post(edit_url(schedule), as_shown(client, schedule, name="Order, renamed"))
    assert answer.status_code == 302, answer.context["form"].errors
    after = upstream(schedule)
    assert after.name == "Order, renamed"
    for name in ("parameters", "run_at", "timezone", "enabled", "description", "cron_expression"):
        assert getattr(after, name) == getattr(before, name)


def test_editing_a_paused_schedule_leaves_it_paused(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Stock, New York morning (paused)")
    answer = client.post(edit_url(schedule), as_shown(client, schedule, cron="0 10 * * *"))
    assert answer.status_code == 302
    assert (upstream(schedule).enabled, upstream(schedule).cron_expression) == (False, "0 10 * * *")


def test_someone_elses_change_is_shown_and_not_overwritten(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    mine = as_shown(client, schedule, name="Mine")
    connect().update_schedule(
        schedule.workflow_id,
        schedule.pk,
        ScheduleRequest(timezone="UTC", cron_expression="0 1 * * *", name="Theirs"),
    )
    answer = client.post(edit_url(schedule), mine)
    text = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "changed elsewhere while you were editing" in text
    assert "Theirs" in text
    assert upstream(schedule).name == "Theirs"
    assert answer.context["form"]["name"].value() == "Mine"
    again = client.post(edit_url(schedule), {**mine, "version": answer.context["version"]})
    assert again.status_code == 302
    assert upstream(schedule).name == "Mine"


def test_parameters_the_agent_no_longer_takes_are_said_to_go(
    mirror: Mirror, browse: Browse
) -> None:
    schedule = by_name("Invoices on weekdays")
    Schedule.objects.filter(pk=schedule.pk).update(parameters={"month": "2026-09", "<gone>": 1})
    answer = browse("team_admin").get(edit_url(schedule))
    assert b"&lt;gone&gt;" in answer.content
    assert "leaves it out" in answer.content.decode()


def test_hostile_names_are_only_ever_text(mirror: Mirror, browse: Browse) -> None:
    now, bad = timezone.now(), '"><script>alert(1)</script>\u202e'
    schedule = Schedule.objects.create(
        schedule_id="wfs_bad",
        workflow=Workflow.objects.get(title__startswith="Odd names"),
        name=bad,
        description=bad,
        cron_expression='R R * * *"><script>',
        timezone="<script>",
        parameters={bad: bad},
        seen_at=now,
        changed_at=now,
    )
    client = browse("team_admin")
    for url in (LIST, schedule.get_absolute_url(), edit_url(schedule)):
        answer = client.get(url)
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content


@pytest.mark.parametrize("place", ["", "edit/", "pause/", "delete/"])
def test_an_address_with_a_nul_is_not_there(mirror: Mirror, browse: Browse, place: str) -> None:
    client = browse("team_admin")
    act = client.get if place in ("", "edit/") else client.post
    assert act(f"/schedules/wfs_%00/{place}").status_code == 404


def test_a_refused_edit_still_knows_which_version_it_began_with(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, schedule = browse("team_admin"), Schedule.objects.present().filter(kind="cron")[0]
    sent = as_shown(client, schedule, name="Another name")
    Schedule.objects.update(modified_at=timezone.now())  # as a refresh does meanwhile
    sandbox.fault("status", code=400, path="/schedules")
    answer = client.post(edit_url(schedule), sent)
    assert (answer.status_code, answer.context["version"]) == (422, sent["version"])
