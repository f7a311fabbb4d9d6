"""The frame: rail, freshness line, jump box, error pages, middleware."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from dashboard.models import Feed
from runs.models import Run, Workflow
from schedules.models import Schedule
from tests.conftest import Browse


def run(run_id: str, status: str = "running", phase: str = "live", **fields: object) -> Run:
    now = timezone.now()
    fields = {"created_at": now, "seen_at": now, "changed_at": now, **fields}
    return Run.objects.create(run_id=run_id, status=status, phase=phase, **fields)


def test_the_rail_marks_where_one_is_and_counts_what_is_live(browse: Browse) -> None:
    run("wr_1")
    page = browse("support").get("/").content.decode()
    assert 'href="/" aria-current="page"' in page
    assert 'id="nav-live">1<' in page
    assert reverse("activity") not in page
    assert reverse("activity") in browse("team_admin").get("/").content.decode()


def test_the_pulse_costs_three_queries_beyond_knowing_the_person(
    browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("support")
    client.get("/")
    # session, user, two for permissions; feeds, live, new failures
    with django_assert_max_num_queries(7):
        answer = client.get("/pulse/", headers={"HX-Request": "true"})
    assert 'hx-swap-oob="true"' in answer.content.decode()


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ({}, "Waiting for the first answer"),
        ({"succeeded": 1}, "as of"),
        ({"succeeded": 300}, "Late: as of"),
    ],
)
def test_the_freshness_line_says_how_old_the_data_is(
    browse: Browse, feed: dict[str, int], words: str
) -> None:
    if feed:
        at = timezone.now() - timedelta(seconds=feed["succeeded"])
        Feed.objects.create(name="live", succeeded_at=at, latency_ms=180)
    page = browse("support").get("/pulse/").content.decode()
    assert words in page


def test_a_silent_skyvern_is_told_with_the_next_try(browse: Browse) -> None:
    now = timezone.now()
    Feed.objects.create(name="live", succeeded_at=now - timedelta(minutes=9))
    Feed.objects.create(
        name="api", failures=5, due_at=now + timedelta(seconds=40), error="No answer <in> 10 s."
    )
    page = browse("support").get("/").content.decode()
    assert 'data-state="down"' in page
    assert "Retry" in page
    assert "No answer &lt;in&gt; 10 s." in page


def test_the_sandbox_is_named_on_every_page(browse: Browse, settings: Settings) -> None:
    for on in (True, False):
        settings.SANDBOX = on
        for page in (Client().get("/login/"), browse("superuser" if on else "support").get("/")):
            assert ("<strong>Sandbox</strong>" in page.content.decode()) is on


def test_jump_finds_agents_schedules_and_runs_by_what_one_types(browse: Browse) -> None:
    now = timezone.now()
    agent = Workflow.objects.create(wpid="wpid_1", title="Invoice <i>download</i>", seen_at=now)
    Schedule.objects.create(
        schedule_id="wfs_1", name="Nightly invoices", workflow=agent, seen_at=now, changed_at=now
    )
    run("wr_4863", title="Invoice run")
    client = browse("support")
    page = client.get("/jump/", {"q": "invoice"}).content.decode()
    assert "Invoice &lt;i&gt;download" in page
    assert "Nightly invoices" in page
    part = client.get("/jump/", {"q": "wr_48"}, headers={"HX-Request": "true"}).content.decode()
    assert "/runs/wr_4863/" in part
    assert "<html" not in part
    assert client.get("/jump/", {"q": "\x00nothing"}).status_code == 200


def test_times_are_in_the_zone_that_the_browser_told(browse: Browse) -> None:
    Feed.objects.create(name="live", succeeded_at="2026-11-23T12:00:00Z")
    client = browse("support")
    client.cookies["zone"] = "Asia/Tokyo"
    assert "21:00:00" in client.get("/pulse/").content.decode()
    for nonsense in ("../../etc/passwd", "Mars/Olympus", "a" * 500):
        client.cookies["zone"] = nonsense
        assert "12:00:00" in client.get("/pulse/").content.decode()


def test_the_theme_of_the_cookie_is_rendered_and_no_other_text(browse: Browse) -> None:
    client = browse("support")
    for value, shown in (("dark", True), ('x"onload', False)):
        client.cookies["theme"] = value
        assert (f'data-theme="{value}"' in client.get("/").content.decode()) is shown


def test_an_ended_session_is_a_401_for_htmx_and_the_login_page_for_people() -> None:
    assert Client().get("/pulse/", headers={"HX-Request": "true"}).status_code == 401
    answer = Client().get("/runs/?status=failed")
    assert answer.headers["Location"] == "/login/?next=/runs/%3Fstatus%3Dfailed"


def test_a_part_of_a_page_is_never_cached_as_the_page(browse: Browse) -> None:
    answer = browse("support").get("/")
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_refusal_names_the_permission_and_who_has_it(browse: Browse) -> None:
    page = browse("support").get("/activity/")
    assert page.status_code == 403
    assert "Can view activity" in page.content.decode()
    assert "Team admins" in page.content.decode()
    assert "Your role: Support" in page.content.decode()


def test_a_person_without_a_role_is_told_so(browse: Browse) -> None:
    page = browse("nobody").get("/")
    assert page.status_code == 403
    assert "no role yet" in page.content.decode()


def test_an_unknown_address_says_what_to_do(browse: Browse) -> None:
    page = browse("support").get("/runs/wr_nothing/")
    assert page.status_code == 404
    assert "Go to the overview" in page.content.decode()


def test_a_form_without_its_token_is_explained(browse: Browse) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/login/", {"username": "a", "password": "b"})
    assert page.status_code == 403
    assert "This form has expired" in page.content.decode()
