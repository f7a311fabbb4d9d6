"""The log: who may read it, its filters and pages, and that nobody rewrites it."""

from typing import Any

import pytest
from django.urls import reverse

from dashboard.models import Activity
from tests.conftest import Browse


def write(count: int, **fields: Any) -> None:
    given = {
        "actor_name": "maria",
        "verb": "launched",
        "target_type": "run",
        "target_id": "wr_1",
        **fields,
    }
    for number in range(count):
        Activity.objects.create(**{**given, "target_label": f"Run {number}"})


def test_each_row_says_who_did_what_to_what_from_where(browse: Browse) -> None:
    write(1, address="10.0.0.7", result="rejected", detail="Skyvern said <no>.")
    page = browse("team_admin").get("/activity/").content.decode()
    for text in ("maria", "launched", "Run 0", "/runs/wr_1/", "10.0.0.7", "Refused"):
        assert text in page
    assert "Skyvern said &lt;no&gt;." in page


def test_a_target_without_a_page_is_plain_text(browse: Browse) -> None:
    write(1, target_type="group", target_id="")
    assert "Run 0" in browse("team_admin").get("/activity/").content.decode()


def test_pages_follow_each_other_without_gap_or_repeat(browse: Browse) -> None:
    write(120)
    client = browse("team_admin")
    seen: list[int] = []
    url = "/activity/"
    while url:
        answer = client.get(url)
        seen += [row.pk for row in answer.context["rows"]]
        url = f"/activity/?{answer.context['older']}" if answer.context["older"] else ""
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 120


def test_filters_narrow_and_an_empty_result_says_so(browse: Browse) -> None:
    write(2)
    write(1, actor_name="sam", verb="paused")
    client = browse("team_admin")
    assert len(client.get("/activity/", {"who": "sam"}).context["rows"]) == 1
    nothing = client.get("/activity/", {"who": "sam", "verb": "launched"}).content.decode()
    assert "Nothing matches" in nothing
    assert "Show all activity" in nothing


@pytest.mark.parametrize("before", ["nonsense", "2026-01-01_5", "_", "2026-01-01T00:00:00Z_x"])
def test_a_cursor_that_is_none_starts_at_the_newest(browse: Browse, before: str) -> None:
    write(1)
    answer = browse("team_admin").get("/activity/", {"before": before})
    assert len(answer.context["rows"]) == 1


def test_nobody_rewrites_the_log(browse: Browse) -> None:
    write(1)
    row = Activity.objects.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    client = browse("superuser")
    assert client.get(reverse("admin:dashboard_activity_changelist")).status_code == 200
    assert client.get(reverse("admin:dashboard_activity_add")).status_code == 403
    assert client.post(reverse("admin:dashboard_activity_delete", args=[row.pk])).status_code == 403
