"""Which runs a URL asks for, and in which pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from runs import paging, search, selection, sorting
from runs.filters import RunFilter
from runs.models import Run, Tag, Workflow
from runs.selection import Selection
from runs.sorting import Order
from runs.words import indexed, indexed_values

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIELDS = ("run_id", "place", "status", "duration_ms")


def make(number: int, *, at: datetime | None = None, **more: Any) -> Run:
    made = at or T0 + timedelta(seconds=number)
    columns = {"status": "completed", "phase": "completed", "title": "Invoice download", **more}
    run = Run(run_id=f"wr_{number:04}", created_at=made, seen_at=made, changed_at=made, **columns)
    run.words = indexed(run.run_id, run.title, run.failure_reason)
    return run


def found(chosen: Selection) -> list[str]:
    return [run.run_id for run in paging.newest(chosen, FIELDS, 50).runs]


def ids(query: str) -> list[str]:
    wanted = RunFilter.read(QueryDict(query))
    shown = found(wanted.select())
    assert shown == [run.run_id for run in wanted.every(Run.objects.all())]
    return shown


def test_a_filter_comes_back_from_its_own_url() -> None:
    wanted = RunFilter(
        status="timed_out", agent="wpid_1", text="no & entry?", since="2026-11-01T10:00"
    )
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
    assert ids("status=!failed") == ["wr_0004", "wr_0001"]
    assert ids("status=!queued") == ["wr_0004", "wr_0003", "wr_0002"]


def test_every_filter_narrows_alone_and_together_with_others() -> None:
    agent = Workflow.objects.create(wpid="wpid_1", title="A")
    user = User.objects.create_user("maria")
    one = make(1, workflow=agent, schedule_id="wfs_1", trigger_type="scheduled", launched_by=user)
    two = make(2, error_code="LOGIN", category="AUTH_FAILURE", duration_ms=90_000, workflow=agent)
    Run.objects.bulk_create([one, two, make(3, duration_ms=1_000)])
    Tag.objects.create(run=two, label="vip", place=two.place or 0)
    queries = {
        "agent=wpid_1": [2, 1],
        "schedule=wfs_1": [1],
        "trigger=scheduled": [1],
        f"by={user.pk}": [1],
        "error=LOGIN": [2],
        "category=AUTH_FAILURE": [2],
        "tag=vip": [2],
        "longer=60": [2],
        "shorter=60": [3],
        "from=2026-11-23T12:00:02Z": [3, 2],
        "to=2026-11-23T12:00:02Z": [1],
        "agent=wpid_1&longer=60&tag=vip&q=invoice&category=AUTH_FAILURE": [2],
        "agent=wpid_1&trigger=scheduled&status=!failed": [1],
        "agent=wpid_1&status=failed": [],
        "tag=vip&q=stock": [],
    }
    for query, numbers in queries.items():
        assert ids(query) == [f"wr_{number:04}" for number in numbers], query


def test_a_relative_range_moves_on_with_the_clock() -> None:
    now = timezone.now()
    Run.objects.bulk_create(
        [make(1, at=now - timedelta(hours=25)), make(2, at=now - timedelta(hours=23))]
    )
    assert ids("last=24h") == ["wr_0002"]
    assert ids("last=7d") == ["wr_0002", "wr_0001"]


@pytest.mark.parametrize(("last", "begins"), [("1h", "12:20:30"), ("24h", "13:00:00")])
def test_a_range_of_a_day_or_more_begins_at_a_full_hour(last: str, begins: str) -> None:
    with time_machine.travel("2026-11-23T13:20:30Z", tick=False):
        at = RunFilter.read(QueryDict(f"last={last}")).starts_at
    assert at is not None
    assert f"{at:%H:%M:%S}" == begins


@pytest.mark.parametrize(
    "query", ["by=x", "last=9y", "from=yesterday", "to=2026-02-31T10:00", "longer=-1"]
)
def test_what_cannot_be_read_is_told_and_filters_nothing(query: str) -> None:
    Run.objects.bulk_create([make(1)])
    assert len(RunFilter.read(QueryDict(query)).problems) == 1
    assert ids(query) == ["wr_0001"]


def test_words_are_found_from_their_beginning_in_title_reason_id_and_parameters() -> None:
    Run.objects.bulk_create(
        [
            make(1, title="Stock wätch"),
            make(2, failure_reason="Element not FOUND"),
            make(31, parameter_words=indexed_values({"a": [{"customer": "ACME GmbH"}], "n": 4711})),
        ]
    )
    assert ids("q=stock") == ["wr_0001"]
    assert ids("q=WATCH+sto") == ["wr_0001"]
    assert ids("q=not+found") == ["wr_0002"]
    assert ids("q=acme+47") == ["wr_0031"]
    assert ids("q=customer") == []
    assert ids("q=wr_00") == ["wr_0031", "wr_0002", "wr_0001"]
    assert ids("q=wr_0031") == ["wr_0031"]
    assert ids("q=%25") == []
    assert ids("q=sto%00ck") == ["wr_0001"]


def test_the_text_index_follows_every_change_of_a_run() -> None:
    make(1, title="Stock watch").save()
    Run.objects.update(words="other words")
    assert (ids("q=stock"), ids("q=other")) == ([], ["wr_0001"])
    Run.objects.all().delete()
    assert ids("q=other") == []


@given(st.text())
def test_no_text_breaks_a_search(text: str) -> None:
    assert found(Selection(text=text.replace("\0", "") or "x")) == []


def test_a_search_that_looked_far_enough_says_so_and_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection, "WINDOW", 4)
    runs = [make(number, trigger_type="api", category="X") for number in range(10)]
    runs[1].category = "RARE"
    runs[1].trigger_type = "rare"
    Run.objects.bulk_create(runs)
    chosen = RunFilter(status="completed", trigger="rare").select()
    page, seen = paging.newest(chosen, FIELDS, 2), 0
    while not page.runs and page.older is not None:
        assert page.searched_to == page.older
        page, seen = paging.older_than(page.older, chosen, FIELDS, 2), seen + 1
    assert [run.run_id for run in page.runs] == ["wr_0001"]
    assert seen == 2
    assert paging.count(chosen) == paging.Count(0, is_least=True)


@pytest.mark.parametrize(
    "query", ["", "status=completed", "q=invoice", "tag=all", "trigger=api&status=completed"]
)
def test_pages_run_through_everything_once_in_both_directions(query: str) -> None:
    runs = [
        make(number, at=T0 + timedelta(seconds=number // 3), trigger_type="api")
        for number in range(10)
    ]
    Run.objects.bulk_create(runs)
    Tag.objects.bulk_create(Tag(run=run, label="all", place=run.place or 0) for run in runs)
    chosen = RunFilter.read(QueryDict(query)).select()
    everything = [run.run_id for run in Run.objects.newest()]
    page = paging.newest(chosen, FIELDS, 4)
    pages = [page]
    while page.older is not None:
        page = paging.older_than(page.older, chosen, FIELDS, 4)
        pages.append(page)
    assert [run.run_id for one in pages for run in one.runs] == everything
    assert pages[-1].newer is not None
    back = paging.newer_than(pages[-1].newer, chosen, FIELDS, 4)
    assert back.runs == pages[-2].runs
    assert back.newer is not None
    assert paging.newer_than(back.newer, chosen, FIELDS, 4).runs == pages[0].runs


def test_a_page_stays_while_new_runs_come_and_they_are_counted() -> None:
    Run.objects.bulk_create([make(number) for number in range(3)])
    opened = Run.objects.newest()[0].place
    assert opened is not None
    Run.objects.bulk_create([make(number) for number in range(3, 5)])
    page, arrived = paging.since(opened, Selection(), FIELDS, 2)
    assert [run.run_id for run in page.runs] == ["wr_0002", "wr_0001"]
    assert arrived == 2


@pytest.mark.parametrize("order", ["duration", "-duration", "status", "-status", "created"])
@pytest.mark.parametrize("query", ["", "trigger=api"])
def test_other_orders_run_through_everything_once(order: str, query: str) -> None:
    kinds = ["completed", "failed", "canceled"]
    Run.objects.bulk_create(
        make(n, status=kinds[n % 3], duration_ms=(n * 7) % 5, trigger_type="api") for n in range(11)
    )
    wanted, chosen = Order.parse(order), RunFilter.read(QueryDict(query)).select()
    seen, after = [], ""
    for _ in range(9):
        page = sorting.page(chosen, wanted, after, FIELDS, 4)
        seen += page.runs
        if not (after := page.after):
            break
    assert len({run.run_id for run in seen}) == len(seen) == 11
    if wanted.name != "created":
        values = [str(run.duration_ms) if wanted.name == "duration" else run.status for run in seen]
        assert values == sorted(values, reverse=wanted.descending)
    else:
        assert [run.run_id for run in seen] == [f"wr_{n:04}" for n in range(11)]


def test_counting_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNT_CAP", 3)
    Run.objects.bulk_create([make(number) for number in range(9)])
    assert paging.count(Selection()) == paging.Count(3, is_least=True)
    assert paging.count(Selection(text="wr_0001")) == paging.Count(1)


@pytest.mark.parametrize("text", ["", "-1", "x", "1-wr_1", "99999999999999999999", "²", "9" * 19])
def test_what_is_no_place_is_none(text: str) -> None:
    assert paging.parse(text) is None


@pytest.mark.parametrize(
    "query",
    ["", "status=live", "status=failed", "status=paused", "agent=a", "agent=a&status=failed",
     "agent=a&status=completed&trigger=x", "schedule=a&status=completed", "error=a&agent=b",
     "trigger=api", "status=!completed", "longer=5&by=1"],
)  # fmt: skip
def test_the_first_and_the_deep_page_need_no_sorting_and_the_best_index(query: str) -> None:
    chosen = RunFilter.read(QueryDict(query)).select()
    for below in (2**62, 10**15):
        plan = chosen.window(below=below, enough=51).runs.newest()[:51].explain()
        assert "TEMP B-TREE" not in plan  # SQLite
        assert connection.vendor != "sqlite" or "USING INDEX run_place" in plan or "place" in plan


@pytest.mark.parametrize("few", [2, 100])
@pytest.mark.parametrize("upwards", [True, False])
def test_words_that_many_have_are_found_wherever_they_are_looked_for(
    few: int, upwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    Run.objects.bulk_create([make(number) for number in range(6)])
    every = sorted(Run.objects.values_list("place", flat=True), reverse=not upwards)
    for place in every:
        below = [other for other in every if other < place]
        above = [other for other in every if other > place]
        found = search.places("invoice", above=-1, below=place, upwards=upwards, most=9)
        assert found == below
        found = search.places("invoice", above=place, below=2**63 - 1, upwards=upwards, most=9)
        assert found == above
