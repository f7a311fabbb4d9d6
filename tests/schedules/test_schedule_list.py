"""The table of schedules: what it tells, filters, polls and lets be done."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.models import Feed, Revision
from dashboard.sandbox import Sandbox
from schedules.models import Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Agent, Mirror
from tests.schedules.pages import LIST, page


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
    assert len(client.get(LIST + "?page=3").context["lines"]) == 15


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


def test_an_empty_table_says_what_to_do(db: None, browse: Browse) -> None:
    text = page(browse("team_admin"), LIST)
    assert "No schedules yet" in text
    assert "Pause everything" not in text
    assert "a team admin makes them" in page(browse("support"), LIST)


@pytest.mark.parametrize("place", ["", "new/", "fires/", "coming/"])
def test_what_was_never_read_is_not_said_to_be_none(db: None, browse: Browse, place: str) -> None:
    told, client = "Skydeck has not heard from Skyvern yet", browse("team_admin")
    assert told in page(client, LIST + place)
    Feed.objects.create(name="newest", succeeded_at=timezone.now())
    assert told not in page(client, LIST + place)
