"""The ledger as a file: what the filters match, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from runs.models import Run, Workflow
from schedules.models import Fire, Schedule
from schedules.views import fire_list
from tests.conftest import Browse
from tests.schedules.ledgers import HOUR, NOON, SECOND, hourly, started

pytestmark = pytest.mark.django_db
ALL = "/schedules/fires/export/"


def rows(client: Client, url: str, **query: str) -> list[dict[str, str]]:
    answer: Any = client.get(url, query)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.DictReader(StringIO(b"".join(answer).decode())))


def test_each_fire_is_a_line_with_its_run(browse: Browse) -> None:
    schedule = hourly(name="Every hour")
    run_id = started(schedule, NOON + 40 * SECOND, fire=NOON)
    Fire.objects.create(
        schedule=schedule,
        due_at=NOON,
        state="on_time",
        outcome="succeeded",
        run=Run.objects.get(pk=run_id),
        late_seconds=40,
        settled_at=NOON + 60 * SECOND,
    )
    Fire.objects.create(schedule=schedule, due_at=NOON - HOUR, state="missed", is_backfilled=True)
    client = browse("support")
    for url in (ALL, "/schedules/wfs_1/fires/export/"):
        first, second = rows(client, url)
        assert first == {
            "due_at": "2026-06-01T12:00:00Z",
            "state": "on_time",
            "cause": "",
            "outcome": "succeeded",
            "late_seconds": "40",
            "schedule_id": "wfs_1",
            "schedule": "Every hour",
            "agent_id": "wpid_1",
            "agent": "Price feed",
            "timezone": "UTC",
            "run_id": run_id,
            "run_status": "completed",
            "settled_at": "2026-06-01T12:01:00Z",
            "worked_out_afterwards": "",
        }
        assert (second["state"], second["worked_out_afterwards"]) == ("missed", "yes")


def test_only_what_the_filters_match_is_written(browse: Browse) -> None:
    one, other = hourly(), hourly("wfs_2")
    for schedule in (one, other):
        Fire.objects.create(schedule=schedule, due_at=NOON, state="missed", cause="busy")
        Fire.objects.create(schedule=schedule, due_at=NOON + HOUR, state="on_time")
    client = browse("support")
    found = rows(client, ALL, state="missed")
    assert [(row["schedule_id"], row["state"]) for row in found] == [
        ("wfs_2", "missed"),
        ("wfs_1", "missed"),
    ]
    assert len(rows(client, "/schedules/wfs_1/fires/export/", cause="busy")) == 1
    assert rows(client, ALL, agent="nobody") == []
    page = client.get("/schedules/fires/", {"state": "missed", "cause": "busy"}).content.decode()
    assert 'href="/schedules/fires/export/?state=missed&amp;cause=busy"' in page


def test_a_name_is_no_formula(browse: Browse) -> None:
    schedule = hourly(name='=HYPERLINK("http://x")')
    Workflow.objects.update(title="@SUM(1)")
    Fire.objects.create(schedule=schedule, due_at=NOON, state="missed")
    (row,) = rows(browse("support"), ALL)
    assert row["schedule"] == '\'=HYPERLINK("http://x")'
    assert row["agent"] == "'@SUM(1)"


def test_many_are_read_bit_by_bit_and_none_is_lost(
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(fire_list, "AT_A_TIME", 30)
    schedule = hourly()
    Fire.objects.bulk_create(
        Fire(schedule=schedule, due_at=NOON + number * HOUR, state="missed") for number in range(95)
    )
    client = browse("support")
    for url in (ALL, "/schedules/wfs_1/fires/export/"):
        with django_assert_max_num_queries(20):
            found = rows(client, url)
        assert len({row["due_at"] for row in found}) == 95


def test_a_schedule_that_is_not_there_has_no_file(browse: Browse) -> None:
    assert browse("support").get("/schedules/wfs_none/fires/export/").status_code == 404
    assert not Schedule.objects.exists()
