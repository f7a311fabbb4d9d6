"""One schedule's page, and who is offered what on the pages of schedules."""

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs.models import Workflow
from schedules.models import Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, by_name, edit_url, page


@pytest.mark.parametrize("role", ["support", "operator"])
def test_who_may_only_look_sees_no_buttons(mirror: Mirror, browse: Browse, role: str) -> None:
    client = browse(role)
    schedule = by_name("Invoices on weekdays")
    for url in (LIST, schedule.get_absolute_url()):
        text = page(client, url)
        assert "Invoices on weekdays" in text
        for word in ("/pause/", "/edit/", "/delete/", "/schedules/new/", 'class="toggle'):
            assert word not in text
    assert client.get(edit_url(schedule)).status_code == 403


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
    sandbox.advance(4 * 24 * 3600)  # one of those days is a weekday, whichever it is today
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
        name="schedules",
        defaults={
            "error": "Workflow schedules are disabled in this build.",
            "succeeded_at": timezone.now(),
        },
    )
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    text = page(client, LIST)
    assert "Workflow schedules are disabled in this build." in text
    assert "/schedules/new/" not in text
    assert "Schedules are off on this Skyvern" in text
    detail = page(client, schedule.get_absolute_url())
    assert "/delete/" not in detail
    assert "it does not fire" in detail
    assert '<table class="fires">' not in detail
    assert "Workflow schedules are disabled" in page(client, "/schedules/new/")
    Feed.objects.create(name="newest", succeeded_at=timezone.now())
    assert "Nothing fires: Workflow schedules are disabled in this build." in page(client, "/")


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
