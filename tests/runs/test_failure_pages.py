"""The pages of failures, and what people do there."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from dashboard.models import Activity
from runs import failures
from runs.models import FailureDay, FailureGroup
from runs.rollups import utc_days
from tests.conftest import Browse
from tests.runs.failing import NOON, groups, save, told

pytestmark = pytest.mark.django_db

State = FailureGroup.State


@pytest.fixture
def two() -> tuple[FailureGroup, FailureGroup]:
    save(told(1, "It broke."), told(2, "It broke again."), told(3, "It broke again."))
    first, second = FailureGroup.objects.order_by("pk")
    return first, second


type Two = tuple[FailureGroup, FailureGroup]


def press(client: Client, group: FailureGroup, what: str, **data: Any) -> str:
    answer = client.post(reverse(f"runs:failure_{what}", args=[group.pk]), data)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def test_two_are_merged_stay_so_and_are_taken_apart(two: Two, browse: Browse) -> None:
    first, second = two
    client = browse("support")
    assert press(client, first, "merge", into=second.pk) == second.get_absolute_url()
    assert groups() == [("it broke again", 3)]
    save(told(4, "It broke."))
    assert groups() == [("it broke again", 4)]
    gone = client.get(first.get_absolute_url())
    assert gone["Location"] == second.get_absolute_url()
    assert "Merged by hand: It broke." in client.get(second.get_absolute_url()).text
    press(client, first, "part")
    assert groups() == [("it broke", 2), ("it broke again", 2)]
    days = dict(FailureDay.objects.values_list("group", "runs"))
    assert days == {first.pk: 2, second.pk: 2}
    assert list(Activity.objects.order_by("at").values_list("verb", flat=True)) == [
        "merged",
        "parted",
    ]


@pytest.mark.parametrize("into", ["", "x", "0", "9" * 30, "self", "other agent"])
def test_what_cannot_be_merged_is_refused(into: str, two: Two, browse: Browse) -> None:
    first, _ = two
    save(told(9, workflow_permanent_id="wpid_2"))
    ids = {"self": first.pk, "other agent": FailureGroup.objects.get(workflow="wpid_2").pk}
    client = browse("support")
    press(client, first, "merge", into=ids.get(into, into))
    assert "Choose a failure of the same agent" in client.get(first.get_absolute_url()).text
    assert len(groups()) == 3


def test_people_say_what_is_known_of_it(two: Two, browse: Browse) -> None:
    group, _ = two
    client = browse("support")
    for verb, state in (("known", "known"), ("resolve", "resolved"), ("reopen", "known")):
        press(client, group, "state", verb=verb)
        group.refresh_from_db()
        assert group.state == state
    press(client, group, "state", verb="take")
    press(client, group, "note", note=" Ticket 7\r\n<b>soon</b> ")
    page = client.get(group.get_absolute_url()).text
    assert "&lt;b&gt;soon&lt;/b&gt;" in page
    assert "Not mine" in page
    assert "It broke." in client.get("/failures/?mine=1").text
    press(client, group, "state", verb="leave")
    assert "No failure matches" in client.get("/failures/?mine=1").text
    press(client, group, "state", verb="nonsense")
    assert Activity.objects.count() == 6


def test_a_note_that_is_too_long_is_not_lost(two: Two, browse: Browse) -> None:
    group, _ = two
    answer = browse("support").post(
        reverse("runs:failure_note", args=[group.pk]), {"note": "a <b>" + "x" * 4000}
    )
    assert answer.status_code == 422
    assert "a &lt;b&gt;xxx" in answer.text
    assert "4,000 characters at the most" in html.unescape(answer.text)


def rows(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/failures/{query}").text
    return [html.unescape(one) for one in re.findall(r'row-link clamp"[^>]*>([^<]+)<', page)]


def test_the_list_is_filtered_by_state_agent_and_words(browse: Browse) -> None:
    save(told(1, "Alpha"), told(2, "Beta"), told(3, "Gamma", workflow_permanent_id="wpid_2"))
    FailureGroup.objects.filter(reason="Alpha").update(state=State.RESOLVED, state_at=NOON)
    client = browse("support")
    assert rows(client) == ["Gamma", "Beta"]
    assert rows(client, "?state=resolved") == ["Alpha"]
    assert rows(client, "?state=all") == ["Gamma", "Beta", "Alpha"]
    assert rows(client, "?state=all&agent=wpid_1&q=ALPH") == ["Alpha"]
    assert rows(client, "?q=agent+beta") == ["Beta"]
    assert "No failure matches" in client.get("/failures/?q=nothing").text


def test_pages_follow_each_other_without_gaps(browse: Browse, monkeypatch: Any) -> None:
    monkeypatch.setattr(failures, "PAGE_SIZE", 3)
    save(*(told(n // 2 * 2, f"Reason {'abcdefg'[n]}", workflow_run_id=f"wr_{n}") for n in range(7)))
    client, query, seen = browse("support"), "", []
    while True:
        page = client.get(f"/failures/{query}")
        seen += rows(client, query)
        if not page.context["older_url"]:
            break
        query = "?" + page.context["older_url"].partition("?")[2]
    assert sorted(seen) == [f"Reason {letter}" for letter in "abcdefg"]
    assert len(seen) == 7
    for odd in (
        "x",
        "~",
        "2026-01-01~1",
        "99999-01-01T00:00:00Z~1",
        f"{NOON.isoformat()}~{'9' * 30}",
    ):
        assert client.get("/failures/", {"older": odd}).status_code == 200


def test_the_runs_of_a_failure_are_a_filter_of_the_table(two: Two, browse: Browse) -> None:
    _, second = two
    client = browse("support")
    page = client.get(f"/runs/?failure={second.pk}").text
    assert re.findall(r'id="row-(\w+)"', page) == ["wr_3", "wr_2"]
    assert "It broke again." in page
    assert "There is no such failure" in client.get("/runs/?failure=x").text
    assert client.get("/runs/?failure=999999").status_code == 200


def test_the_page_tells_how_often_and_why(two: Two, browse: Browse) -> None:
    first, second = two
    client = browse("support")
    page = client.get(second.get_absolute_url()).text
    assert "All 2" in page
    assert "Is the same as" in page
    FailureGroup.objects.filter(pk=first.pk).update(shape="order <number> <script> is <value>")
    page = client.get(first.get_absolute_url()).text
    assert '<span class="chip">a number</span> &lt;script&gt; is <span class="chip">a value' in page


def test_a_failed_run_leads_to_its_group_and_to_the_last_good_run(browse: Browse) -> None:
    save(told(1), told(2), told(3, None, status="completed"), told(4))
    page = browse("support").get("/runs/wr_4/").text
    assert re.search(r'<a href="/failures/\d+/">Seen 3 times</a>', page)
    assert '<a href="/runs/wr_3/">Last good run</a>' in page


def test_new_ones_are_counted_in_the_rail(two: Two, browse: Browse) -> None:
    client = browse("support")
    assert re.search(r'id="nav-new">2<span', client.get("/failures/").text)
    press(client, two[0], "state", verb="known")
    assert re.search(r'id="nav-new">1<span', client.get("/failures/").text)


def test_an_unchanged_poll_has_no_body(two: Two, browse: Browse) -> None:
    client = browse("support")
    for url in ("/failures/", two[0].get_absolute_url()):
        tag = client.get(url).headers["HX-PTag"]
        poll = {"HX-Request": "true", "HX-PTag": tag}
        assert client.get(url, headers=poll).status_code == 304
        press(client, two[0], "state", verb="known")
        assert client.get(url, headers=poll).status_code == 200


def test_the_list_costs_the_same_however_many_there_are(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, many = browse("support"), []
    for count in (1, 40):
        save(*(told(n, f"Reason {chr(97 + n)}{chr(97 + n)}") for n in range(count)))
        client.get("/failures/")
        with django_assert_max_num_queries(14) as asked:
            client.get("/failures/")
        many.append(len(asked))
    assert many[0] == many[1]


@pytest.mark.parametrize("state", ["", "new", "all"])
def test_the_newest_are_read_without_sorting_all(state: str) -> None:
    groups = failures.matching(failures.Wanted(state=state), None)
    assert "TEMP B-TREE" not in groups[:51].explain()  # SQLite


def test_runs_of_a_day_that_is_still_to_come_are_counted_today(two: Two) -> None:
    group, slots = two[0], utc_days(NOON)
    FailureDay.objects.all().delete()
    for days, runs in ((-13, 5), (0, 7), (1, 2), (-14, 9)):
        FailureDay.objects.create(group=group, day=(NOON + timedelta(days=days)).date(), runs=runs)
    assert failures.by_day([group.pk], slots)[group.pk] == [5, *[0] * 12, 9]


HOSTILE = ["\x00\ud800", "<script>alert(1)</script>", "\u202e" * 50, "x" * 9999]


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_reasons_are_shown_as_text(reason: str, browse: Browse) -> None:
    save(told(1, reason))
    client = browse("support")
    group = FailureGroup.objects.get()
    for url in ("/failures/", group.get_absolute_url()):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "<script>alert(1)" not in answer.text


def test_support_may_say_what_is_known_and_a_stranger_sees_nothing(
    two: Two, browse: Callable[[str], Client]
) -> None:
    assert browse("nobody").get("/failures/").status_code == 403
    assert "Mark as known" in browse("support").get(two[0].get_absolute_url()).text
