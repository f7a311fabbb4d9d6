"""The panel that filters the runs table: what applies in words, and hundreds of agents by name."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from runs.models import Launch, Run, Workflow
from runs.offers import MOST, suggested
from tests.conftest import Browse

pytestmark = pytest.mark.django_db
URL = "/runs/"
MOST_BYTES = 6_000


def make(number: int, **more: Any) -> Run:
    at = timezone.now() - timedelta(hours=1) + timedelta(seconds=number)
    values = {"status": "completed", "phase": "completed", "title": "Invoice download", **more}
    return Run.objects.create(
        run_id=f"wr_{number:04}", created_at=at, seen_at=at, changed_at=at, **values
    )


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse("operator")


@pytest.fixture
def invoices() -> Workflow:
    return Workflow.objects.create(wpid="wpid_1", title="Invoice <download>")


def chips(html: str) -> dict[str, str]:
    """What each chip says → where its link leads."""
    found = re.findall(r'<li class="chip[^>]*>(.*?)<a href="([^"]+)" aria-label=', html)
    return {unescape(re.sub("<[^>]+>", "", said)): unescape(url) for said, url in found}


def between(html: str, start: str, end: str) -> str:
    at = html.index(start)
    return html[at : html.index(end, at)]


def panel_bytes(html: str) -> int:
    """Of views, filters and chips above the table, and of the bar below it."""
    parts = (
        ('<span class="row views"', '<div class="actions"'),
        ('<form class="toolbar"', '<div id="runs"'),
        ('<ul class="chips"', '<div class="table-wrap"'),
        ('<div id="bulk-bar"', "</form>"),
    )
    return sum(len(between(html, *part).encode()) for part in parts)


def test_the_panel_stays_small_however_many_there_are_to_choose_from(client: Client) -> None:
    for number in range(300):
        agent = Workflow.objects.create(wpid=f"wpid_{number}", title=f"Agent number {number}")
        make(number, workflow=agent, error_code=f"ERROR_{number}", trigger_type="api")
    people = User.objects.bulk_create(User(username=f"person {n}") for n in range(50))
    Launch.objects.bulk_create(Launch(user=user, workflow=agent, request={}) for user in people)
    usual = client.get(URL, {"agent": "wpid_7", "last": "24h", "status": "!failed"})
    assert panel_bytes(usual.text) <= MOST_BYTES
    assert panel_bytes(client.get(URL, {"last": "24h", "more": "1"}).text) <= MOST_BYTES + 2_000


def test_each_filter_is_a_chip_in_words_that_can_be_taken_away_alone(
    client: Client, invoices: Workflow
) -> None:
    query = {
        "status": "!failed",
        "agent": invoices.pk,
        "trigger": "manual",
        "category": "AUTH_FAILURE",
        "longer": "90",
        "q": "<b>",
        "sort": "duration",
        "cols": "created",
    }
    found = chips(client.get(URL, query).text)
    assert list(found) == [
        "Status No failures",
        "Agent Invoice <download>",
        "Started by By hand",
        "Failure category Auth failure",
        "Took at least 1m 30s",
        "Text <b>",
    ]
    for (said, url), name in zip(found.items(), query, strict=False):
        left = QueryDict(url.split("?")[1]).dict()
        assert left == {key: value for key, value in query.items() if key != name}, said


def test_the_status_failed_is_told_from_the_failures_it_is_one_of(client: Client) -> None:
    make(1, status="failed", phase="failed")
    make(2, status="timed_out", phase="failed")
    html = client.get(URL, {"status": "failed"}).text
    assert '<option value="failed_only">Failed only</option>' in html
    assert html.count(" selected>All failures") == 1
    assert (html.count('<tr id="row-'), list(chips(html))) == (2, ["Status All failures"])
    html = client.get(URL, {"status": "failed_only"}).text
    assert (html.count('<tr id="row-'), list(chips(html))) == (1, ["Status Failed only"])


def test_the_last_chip_leads_to_everything_and_not_to_the_view_that_opens_first(
    client: Client,
) -> None:
    assert list(chips(client.get(URL, {"q": "x"}).text).values()) == ["/runs/?all=1"]


def test_a_relative_range_names_the_instant_it_means_now_in_the_viewers_zone(
    client: Client,
) -> None:
    client.cookies["zone"] = "Europe/Berlin"
    with time_machine.travel("2026-11-23T12:30:00Z", tick=False):
        html = client.get(URL, {"last": "24h"}).text
    assert list(chips(html)) == ["Created Last 24 hours since Sun 22 Nov, 13:00"]
    assert 'datetime="2026-11-22T12:00:00.000Z"' in html


def test_times_are_told_with_their_zone_and_stay_in_their_fields(client: Client) -> None:
    client.cookies["zone"] = "Europe/Berlin"
    query = {"from": "2026-11-22T10:00:00+00:00", "to": "2026-11-23T12:00"}
    html = client.get(URL, query).text
    assert list(chips(html)) == ["From 22 Nov 2026, 11:00 CET", "Until 23 Nov 2026, 12:00 CET"]
    assert 'name="from" step="any" value="2026-11-22T11:00:00"' in html


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_error(client: Client, zone: str, year: str) -> None:
    make(1)
    client.cookies["zone"] = zone
    for time in ("00:00", "23:59"):
        answer = client.get(URL, {"from": f"{year}T{time}", "to": f"{year}T{time}"})
        assert answer.status_code == 200


def test_what_is_not_used_says_so_at_its_chip_and_its_field(client: Client) -> None:
    html = client.get(URL, {"from": "yesterday"}).text
    assert list(chips(html)) == ["From yesterday is not used: Write a date and time."]
    assert 'aria-invalid="true" aria-describedby="wrong-since"' in html
    assert 'id="wrong-since"' in html


@pytest.mark.parametrize("typed", ["Invoice <download>", "INVOICE <DOWNLOAD>", " wpid_1 "])
def test_an_agent_is_chosen_by_title_or_id_and_the_address_keeps_its_id(
    client: Client, invoices: Workflow, typed: str
) -> None:
    make(1, workflow=invoices)
    make(2)
    query = {"agent": typed, "last": "7d", "sort": "status"}
    answer = client.get(URL, query, follow=True)
    if answer.redirect_chain:
        assert QueryDict(answer.redirect_chain[0][0].split("?")[1]).dict() == {
            "agent": "wpid_1",
            "last": "7d",
            "sort": "status",
        }
    assert [row.run.run_id for row in answer.context["rows"]] == ["wr_0001"]
    assert 'name="agent" value="Invoice &lt;download&gt;"' in answer.text


def test_a_person_is_chosen_by_user_name(client: Client) -> None:
    user = User.objects.create_user("Maria")
    make(1, launched_by=user)
    make(2)
    answer = client.get(URL, {"by": "maria"}, follow=True)
    assert answer.redirect_chain[0][0] == f"/runs/?by={user.pk}"
    assert [row.run.run_id for row in answer.context["rows"]] == ["wr_0001"]
    assert list(chips(answer.text)) == ["Launched by Maria"]
    assert 'name="by" value="Maria"' in answer.text


def test_an_unknown_agent_is_told_with_what_may_be_meant_and_nothing_is_lost(
    client: Client, invoices: Workflow
) -> None:
    make(1, workflow=invoices)
    answer = client.get(URL, {"agent": "invoi", "status": "completed", "q": "inv"})
    assert "No agent has the title or id “invoi”. Did you mean" in answer.text
    assert "/runs/?status=completed&amp;agent=Invoice+%3Cdownload%3E&amp;q=inv" in answer.text
    assert 'name="agent" value="invoi"' in answer.text
    assert 'aria-invalid="true" aria-describedby="misses"' in answer.text
    assert list(chips(answer.text)) == ["Status Completed", "Agent invoi", "Text inv"]
    assert answer.context["page"].runs == []


def test_agents_of_one_title_are_told_apart_by_their_ids(client: Client) -> None:
    for number in (1, 2):
        Workflow.objects.create(wpid=f"wpid_{number}", title="Twin")
    answer = client.get(URL, {"agent": "Twin"})
    assert "2 agents are called “Twin”. Choose one:" in answer.text
    assert 'href="/runs/?agent=wpid_2">Twin · wpid_2</a>' in answer.text
    assert 'name="agent" value="wpid_2"' in client.get(URL, {"agent": "wpid_2"}).text
    pairs = [(f"wpid_{n}", f"Twin · wpid_{n}") for n in (1, 2)]
    assert suggested("agent", "twi") == pairs


def test_nobody_is_told_as_well(client: Client) -> None:
    html = client.get(URL, {"by": "nobody at all"}).text
    assert "Nobody here is called “nobody at all”." in html
    assert "Launched by" in html


def test_suggestions_are_few_and_can_be_typed_as_they_stand(client: Client) -> None:
    for number in range(40):
        Workflow.objects.create(wpid=f"wpid_{number:02}", title=f"Agent {number:02}")
    long = Workflow.objects.create(wpid="wpid_long", title="Long " * 60)
    assert suggested("agent", "AGENT 0")[0] == ("Agent 00", "")
    assert suggested("agent", "wpid_3")[0] == ("wpid_30", "Agent 30 · wpid_30")
    assert suggested("agent", "long")[0][0] == long.pk
    assert len(suggested("agent", "")) == MOST
    html = client.get("/runs/offers/", {"agent": "agent 07"}).text.strip()
    assert html == '<option value="Agent 07"></option>'


def test_suggestions_for_people_and_error_codes_hold_no_markup(client: Client) -> None:
    user, agent = User.objects.create_user("<ann>"), Workflow.objects.create(wpid="wpid_1")
    Launch.objects.create(user=user, workflow=agent, request={})
    make(1, error_code="LOGIN_<FAILED>")
    assert "&lt;ann&gt;" in client.get("/runs/offers/", {"by": "AN"}).text
    assert "LOGIN_&lt;FAILED&gt;" in client.get("/runs/offers/", {"error": "fail"}).text
    assert client.get("/runs/offers/", {"other": "x"}).status_code == 204


def test_the_line_above_the_table_sums_it_up(client: Client) -> None:
    for number in range(60):
        make(number)
    assert ">50 of 60 runs<" in client.get(URL).text
    make(70, status="running", phase="live", started_at=timezone.now())
    make(71, status="paused", phase="live", started_at=timezone.now())
    html = client.get(URL).text
    assert ">50 of 62 runs; 1 paused; 1 running<" in html
    poll = unescape(re.findall(r'data-poll="([^"]+)"', html)[0])
    make(72)
    polled = client.get(poll, headers={"HX-Request": "true"}).text
    assert ">50 of 63 runs; 1 paused; 1 running; 1 new<" in polled
    assert ">No runs<" in client.get(URL, {"q": "nothing"}).text


def test_more_filters_are_asked_for_by_a_button_that_loses_nothing(client: Client) -> None:
    closed = client.get(URL, {"q": "x"}).text
    assert 'name="tag"' not in closed
    assert '<button class="btn quiet" name="more" value="1">' in closed
    opened = client.get(URL, {"q": "x", "more": "1"}).text
    assert 'name="tag"' in opened
    assert 'href="/runs/?q=x">Fewer filters</a>' in opened
    used = client.get(URL, {"tag": "vip"}).text
    assert 'name="tag" value="vip"' in used
    assert "Fewer filters" not in used


def test_a_view_of_very_many_parts_is_still_a_page(client: Client) -> None:
    assert client.get(URL, {f"x{n}": "1" for n in range(200)}).status_code == 200
