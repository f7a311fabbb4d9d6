"""Editing a schedule: what it changes is shown first."""

from datetime import timedelta

from django.utils import timezone

from dashboard.models import Activity, Feed
from dashboard.sandbox import Sandbox
from schedules.models import Fire, Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import Upstream, as_shown, by_name, edit_url, pressed, saved, told


def sent_upstream(sandbox: Sandbox) -> int:
    return sum(call[0] in ("PUT", "POST") for call in sandbox.calls)


def test_an_edit_of_the_name_keeps_all_the_rest(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    before = upstream(schedule)
    assert saved(client, schedule, name="Order, renamed").status_code == 302
    after = upstream(schedule)
    assert after.name == "Order, renamed"
    for name in ("parameters", "run_at", "timezone", "enabled", "description", "cron_expression"):
        assert getattr(after, name) == getattr(before, name)


def test_editing_a_paused_schedule_leaves_it_paused(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Stock, New York morning (paused)")
    assert saved(client, schedule, cron="0 10 * * *").status_code == 302
    assert (upstream(schedule).enabled, upstream(schedule).cron_expression) == (False, "0 10 * * *")


def test_what_changes_is_shown_before_anything_is_sent(
    mirror: Mirror, browse: Browse, sandbox: Sandbox, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    before, calls = upstream(schedule), sent_upstream(sandbox)
    sent = as_shown(client, schedule, name="Renamed", cron="0 18 * * 1-5")
    answer = client.post(edit_url(schedule), sent)
    text = told(answer)
    assert answer.status_code == 200
    assert "Nothing is saved yet" in text
    assert [change.label for change in answer.context["changes"]] == ["Fires", "Name"]
    assert "At 18:00, Monday through Friday · 0 18 * * 1-5" in text
    fires = answer.context["fires"]
    assert (len(fires.before), len(fires.after)) == (10, 10)
    assert (fires.removed, fires.added) == (10, 10)
    assert text.count("removed</span>") == 10
    assert (upstream(schedule), sent_upstream(sandbox)) == (before, calls)


def test_fires_that_stay_are_told_from_those_that_come_and_go(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    saved(client, schedule, cron="0 9 * * 1-5", timezone="UTC")
    schedule.refresh_from_db()
    sent = as_shown(client, schedule, cron="0 9 * * 1-4")
    fires = client.post(edit_url(schedule), sent).context["fires"]
    assert {fire.words[:3] for fire in fires.before if not fire.both} == {"Fri"}
    assert all(fire.both for fire in fires.after)


def test_a_schedule_that_is_paused_by_the_edit_loses_its_fires(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    sent = as_shown(client, schedule)
    del sent["enabled"]
    answer = client.post(edit_url(schedule), sent)
    fires = answer.context["fires"]
    assert (fires.removed, fires.after) == (10, [])
    assert "Paused: it will not fire." in told(answer)


def test_parameters_are_shown_as_a_diff(mirror: Mirror, browse: Browse, upstream: Upstream) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    fields = client.get(edit_url(schedule)).context["parameters"].parameter_fields
    [name] = [field.html_name for field in fields if field.label == "customer"]
    sent = as_shown(client, schedule, **{name: "something <b>else</b>"})
    answer = client.post(edit_url(schedule), sent)
    [change] = answer.context["changes"]
    assert (change.label, change.is_parameter, change.verdict) == ("customer", True, "changed")
    assert (change.before, change.after) == ("Messe Wien", "something <b>else</b>")
    assert b"<b>else" not in answer.content
    assert "Its fires stay as they are." in told(answer)
    assert pressed(client, edit_url(schedule), answer, confirm="1").status_code == 302
    assert upstream(schedule).parameters == {"customer": "something <b>else</b>"}


def test_of_several_lines_those_are_shown_that_differ(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    lines = [f"line {number}" for number in range(20)]
    saved(client, schedule, description="\n".join(lines))
    schedule.refresh_from_db()
    lines[10] = "<b>changed</b>"
    sent = as_shown(client, schedule, description="\r\n".join(lines))
    answer = client.post(edit_url(schedule), sent)
    [change] = answer.context["changes"]
    assert change.lines == [
        ("@", "@ -9,5 +9,5 @@"),
        (" ", "line 8"),
        (" ", "line 9"),
        ("-", "line 10"),
        ("+", "<b>changed</b>"),
        (" ", "line 11"),
        (" ", "line 12"),
    ]
    assert b"<b>" not in answer.content
    assert "line 10</del>" in told(answer)


def test_an_edit_that_changes_nothing_says_so_and_sends_nothing(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client = browse("team_admin")
    for schedule in Schedule.objects.active():
        sent, calls = as_shown(client, schedule), sent_upstream(sandbox)
        answer = client.post(edit_url(schedule), sent, follow=True)
        assert "Nothing was changed, so nothing was sent." in told(answer), schedule
        assert sent_upstream(sandbox) == calls
    assert not Activity.objects.filter(verb="changed").exists()


def test_one_can_go_back_from_the_review_with_all_that_was_typed(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    text = "line one\r\nline <two>"
    sent = as_shown(client, schedule, name="Back again", description=text)
    review = client.post(edit_url(schedule), sent)
    answer = pressed(client, edit_url(schedule), review, preview="1")
    assert answer.status_code == 200
    form = answer.context["form"]
    assert form["name"].value() == "Back again"
    assert form["description"].value().split() == text.split()
    assert answer.context["version"] == sent["version"]
    assert upstream(schedule).name == "Invoices on weekdays"


def test_an_edit_says_that_it_drops_a_fire_which_is_due(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    Fire.objects.create(schedule=schedule, due_at=timezone.now() - timedelta(seconds=30))
    assert "is due and has not begun" in told(client.get(edit_url(schedule)))
    answer = client.post(edit_url(schedule), as_shown(client, schedule, name="Later"))
    assert "Saving a change now drops it" in told(answer)


def test_parameters_the_agent_no_longer_takes_are_said_to_go(
    mirror: Mirror, browse: Browse
) -> None:
    schedule = by_name("Invoices on weekdays")
    Schedule.objects.filter(pk=schedule.pk).update(parameters={"month": "2026-09", "<gone>": 1})
    client = browse("team_admin")
    answer = client.get(edit_url(schedule))
    assert b"&lt;gone&gt;" in answer.content
    assert "leaves it out" in answer.content.decode()
    review = client.post(edit_url(schedule), as_shown(client, schedule))
    assert ("<gone>", "removed") in {
        (change.label, change.verdict) for change in review.context["changes"]
    }


def test_where_schedules_are_off_the_editor_says_so_and_offers_nothing(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    Feed.objects.update_or_create(pk="schedules", defaults={"failures": 0, "error": "Off here."})
    answer = browse("team_admin").get(edit_url(by_name("Invoices on weekdays")))
    assert "Off here." in told(answer)
    assert b'<button class="btn primary"' not in answer.content
