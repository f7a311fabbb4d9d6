"""Which runs a URL asks for, and in which pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from runs import filters, paging
from runs.filters import RunFilter
from runs.models import Run, Workflow
from runs.paging import Cursor

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def make(number: int, *, at: datetime | None = None, **more: Any) -> Run:
    made = at or T0 + timedelta(seconds=number)
    columns = {"status": "completed", "phase": "completed", "title": "Invoice download", **more}
    return Run(run_id=f"wr_{number:04}", created_at=made, seen_at=made, changed_at=made, **columns)


def ids(query: str) -> list[str]:
    runs = RunFilter.read(QueryDict(query)).apply(Run.objects.all()).runs
    return list(runs.newest().values_list("run_id", flat=True))


def test_a_filter_comes_back_from_its_own_url() -> None:
    wanted = RunFilter("timed_out", "wpid_1", "no & entry?")
    assert RunFilter.read(QueryDict(wanted.query()[1:])) == wanted
    assert wanted.without("text").text == ""
    assert RunFilter().query() == "?"


def test_live_and_failed_are_whole_phases_and_any_status_can_be_asked_for() -> None:
    Run.objects.bulk_create(
        [
            make(1, status="queued", phase="live"),
            make(2, status="terminated", phase="failed"),
            make(3, status="timed_out", phase="failed"),
            make(4, status="meditating", phase="live"),
        ]
    )
    assert ids("status=live") == ["wr_0004", "wr_0001"]
    assert ids("status=failed") == ["wr_0003", "wr_0002"]
    assert ids("status=timed_out") == ["wr_0003"]
    assert ids("status=meditating") == ["wr_0004"]
    assert ids("status=nothing") == []


def test_runs_of_one_agent() -> None:
    agent = Workflow.objects.create(wpid="wpid_1", title="A")
    Run.objects.bulk_create([make(1, workflow=agent), make(2)])
    assert ids("agent=wpid_1") == ["wr_0001"]


def test_text_is_looked_for_in_title_reason_and_the_start_of_the_id() -> None:
    Run.objects.bulk_create(
        [make(1, title="Stock watch"), make(2, failure_reason="Element not FOUND"), make(31)]
    )
    assert ids("q=stock") == ["wr_0001"]
    assert ids("q=not+found") == ["wr_0002"]
    assert ids("q=wr_00") == ["wr_0031", "wr_0002", "wr_0001"]
    assert ids("q=%25") == []
    assert ids("q=sto%00ck") == ["wr_0001"]


def test_text_is_looked_for_in_the_newest_runs_only_but_an_id_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filters, "TEXT_WINDOW", 3)
    Run.objects.bulk_create([make(number) for number in range(6)])
    found = RunFilter(text="invoice").apply(Run.objects.all())
    assert [run.run_id for run in found.runs.newest()] == ["wr_0005", "wr_0004", "wr_0003"]
    assert found.searched_back_to == T0 + timedelta(seconds=2)
    assert ids("q=wr_0000") == ["wr_0000"]


def test_pages_run_through_everything_once_in_both_directions() -> None:
    Run.objects.bulk_create(
        [make(number, at=T0 + timedelta(seconds=number // 3)) for number in range(10)]
    )
    runs = Run.objects.all()
    everything = [run.run_id for run in runs.newest()]
    page, seen = paging.newest(runs, 4), []
    pages = [page]
    while page.older:
        page = paging.older_than(page.older, runs, 4)
        pages.append(page)
    seen = [run.run_id for one in pages for run in one.runs]
    assert seen == everything
    assert pages[-1].newer is not None
    back = paging.newer_than(pages[-1].newer, runs, 4)
    assert back.runs == pages[-2].runs
    assert back.older is not None
    assert paging.newer_than(Cursor.of(runs.newest()[0]), runs, 4).runs == pages[0].runs


def test_a_page_stays_while_new_runs_come_and_they_are_counted() -> None:
    Run.objects.bulk_create([make(number) for number in range(3)])
    opened = Cursor.of(Run.objects.newest()[0])
    Run.objects.bulk_create([make(number) for number in range(3, 5)])
    page, arrived = paging.since(opened, Run.objects.all(), 2)
    assert [run.run_id for run in page.runs] == ["wr_0002", "wr_0001"]
    assert arrived == 2


def test_counting_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNT_CAP", 3)
    Run.objects.bulk_create([make(number) for number in range(9)])
    assert paging.count(Run.objects.all()) == 4


@given(st.text())
def test_no_text_breaks_a_cursor(text: str) -> None:
    found = Cursor.parse(text)
    assert found is None or Cursor.parse(str(found)) == found


@pytest.mark.parametrize("text", ["", "1", "-wr_1", "x-wr_1", "99999999999999999999-wr_1", "²-a"])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


@pytest.mark.parametrize("status", ["live", "failed", ""])
def test_the_first_and_the_deep_page_need_no_sorting(status: str) -> None:
    runs = RunFilter(status=status).apply(Run.objects.all()).runs
    for query in (runs.newest()[:51], Cursor(timezone.now(), "wr_1").older(runs).newest()[:51]):
        plan = query.explain()
        assert "TEMP B-TREE" not in plan  # SQLite
        assert connection.vendor != "sqlite" or "USING INDEX run_" in plan
