"""The table as each person likes it: views, columns, density; and files made of it."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from runs import export
from runs.models import Run, SavedView, TableSettings, Tag
from tests.conftest import Browse

pytestmark = pytest.mark.django_db
URL = "/runs/"


def make(number: int, **more: Any) -> Run:
    at = timezone.now() - timedelta(hours=1) + timedelta(seconds=number)
    values = {"status": "completed", "phase": "completed", "title": "Invoice download", **more}
    return Run.objects.create(
        run_id=f"wr_{number:04}", created_at=at, seen_at=at, changed_at=at, **values
    )


def save(client: Client, name: str, query: str = "status=failed", **more: str) -> None:
    assert client.post("/runs/views/", {"name": name, "query": query, **more}).status_code == 302


def test_a_view_is_saved_without_its_page_and_leads_back_to_its_filter(browse: Browse) -> None:
    client = browse("support")
    save(client, "Trouble", "status=failed&last=7d&older=99&cols=created")
    view = SavedView.objects.get()
    assert view.query == "status=failed&last=7d&cols=created"
    html = client.get(f"{URL}?{view.query}").text
    assert 'aria-current="true">Trouble</a>' in html


def test_a_view_of_the_same_name_is_written_over(browse: Browse) -> None:
    client = browse("support")
    save(client, "Mine")
    save(client, "Mine", "status=live")
    assert [view.query for view in SavedView.objects.all()] == ["status=live"]


def test_only_shared_views_are_seen_by_others_and_only_their_owner_changes_them(
    browse: Browse,
) -> None:
    support, operator = browse("support"), browse("operator")
    save(support, "For me")
    save(support, "For all", shared="on")
    html = operator.get(URL).text
    assert ">For all</a>" in html
    assert "For me" not in html
    shared, own = SavedView.objects.get(name="For all"), SavedView.objects.get(name="For me")
    operator.post(f"/runs/views/{shared.pk}/", {"verb": "delete"})
    assert operator.post(f"/runs/views/{own.pk}/", {"verb": "first"}).status_code == 404
    assert SavedView.objects.count() == 2
    support.post(f"/runs/views/{shared.pk}/", {"verb": "unshare"})
    assert ">For all</a>" not in operator.get(URL).text
    support.post(f"/runs/views/{shared.pk}/", {"verb": "delete"})
    assert SavedView.objects.count() == 1


def test_the_view_that_opens_first_does_so_and_everything_can_still_be_seen(
    browse: Browse,
) -> None:
    make(1)
    client = browse("support")
    save(client, "Trouble", default="on")
    assert client.get(URL)["Location"] == "/runs/?status=failed"
    assert "wr_0001" in client.get(f"{URL}?all=1").text
    client.post(f"/runs/views/{SavedView.objects.get().pk}/", {"verb": "last"})
    assert client.get(URL).status_code == 200


def test_columns_are_chosen_by_the_url_or_else_by_the_person(browse: Browse) -> None:
    run = make(1, error_code="LOGIN_FAILED")
    Tag.objects.create(run=run, label="customer:<acme>", place=run.place or 0)
    client = browse("support")
    assert "LOGIN_FAILED" not in client.get(URL).text.split("<tbody>")[1]
    client.post("/runs/table/", {"column": ["error", "tags", "nonsense"], "density": "dense"})
    rows = client.get(URL).text
    assert "LOGIN_FAILED" in rows
    assert "customer:&lt;acme&gt;" in rows
    assert 'class="table runs dense"' in rows
    assert TableSettings.objects.get().columns == ["error", "tags"]
    assert '<th class="num">Attempt</th>' in client.get(f"{URL}?cols=attempt").text


@pytest.mark.parametrize(
    ("menu", "other"), [("views", "Comfortable"), ("table", "Save what is shown now as")]
)
def test_the_menus_come_when_they_are_opened_and_are_a_page_without_scripts(
    browse: Browse, menu: str, other: str
) -> None:
    client = browse("support")
    save(client, "Trouble", "status=failed&last=7d")
    url = f"/runs/{menu}/?status=failed&last=7d"
    assert (
        f'hx-get="{url.replace("&", "&amp;")}"' in client.get(f"{URL}?status=failed&last=7d").text
    )
    part = client.get(url, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert other not in part
    page = client.get(url).text
    assert other in page
    assert "The view “Trouble”" in page
    assert 'name="next" value="/runs/?status=failed&amp;last=7d"' in page


def test_what_upstream_says_is_never_markup(browse: Browse) -> None:
    evil = "\"'><script>alert(1)</script>"
    for number, phase in enumerate(("live", "failed")):
        make(
            number,
            title=evil,
            status=f"{phase}{evil}"[:40],
            phase=phase,
            failure_reason=evil,
            trigger_type=evil[:40],
            schedule_id=f"wfs{evil}",
            error_code=evil,
            category=evil,
        )
    Run.objects.filter(pk="wr_0001").update(run_id=f"wr{evil}")
    Tag.objects.create(run_id=f"wr{evil}", label=evil, place=1)
    html = browse("superuser").get(f"{URL}?cols=trigger,agent,category,error,tags,attempt").text
    rows = html.split("<tbody>")[1].split("</tbody>")[0]
    assert "<script" not in rows
    assert rows.count("&gt;") > 10
    for value in re.findall(r'(?:href|value|formaction|data-[a-z-]+|id)="([^"]*)"', rows):
        assert "<" not in value
        assert "'" not in value


@pytest.mark.parametrize("sort", ["duration", "-duration", "status", "-status", "created"])
def test_a_column_head_sorts_and_pages_go_on(browse: Browse, sort: str) -> None:
    for number in range(60):
        make(number, duration_ms=number * 1000)
    client = browse("support")
    first = client.get(URL, {"sort": sort})
    assert "aria-sort=" in first.text
    second = client.get(first.context["after_url"]).text
    assert second.count('<tr id="row-') == 10


def test_a_search_is_honest_about_how_far_it_looked(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runs.selection.WINDOW", 3)
    make(0, trigger_type="rare")
    for number in range(1, 6):
        make(number, trigger_type="api")
    client = browse("support")
    nothing = client.get(URL, {"status": "completed", "trigger": "rare"})
    assert "Nothing found yet" in nothing.text
    assert "wr_0000" in client.get(nothing.context["older_url"]).text


def test_an_export_holds_every_run_of_the_filter_and_no_formula(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 4)
    for number in range(10):
        make(number, title="=cmd|' /C calc'!A0", duration_ms=1500)
    make(11, status="failed", phase="failed")
    client = browse("support")
    data = {"format": "csv", "query": "status=completed"}
    answer = client.post("/runs/export/", data)
    rows = list(csv.DictReader(StringIO(answer.getvalue().decode())))
    assert [row["run_id"] for row in rows] == [f"wr_{n:04}" for n in range(9, -1, -1)]
    assert rows[0]["title"].startswith("'=cmd")
    assert rows[0]["duration_seconds"] == "1.5"


def test_ticked_runs_alone_are_exported_as_json(browse: Browse) -> None:
    for number in range(3):
        make(number)
    data = {"format": "json", "query": "", "run": ["wr_0002", "wr_0000"]}
    answer = browse("support").post("/runs/export/", data)
    found = json.loads(answer.getvalue())
    assert [run["run_id"] for run in found] == ["wr_0002", "wr_0000"]
    assert json.loads("".join(export.as_json([]))) == []
